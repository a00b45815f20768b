// Runs the shared conformance cases, where they exist, and prints passed and failed by group. With a floor file the
// exit code is 1 when a group passes fewer cases than it once did.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runFlatCase } from '../src/testing/flat-case.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.env['SLUICE_CONFORMANCE'] ?? join(root, '../shared/conformance')
const floorFile = join(root, 'test/conformance-floor.json')
const shown = process.argv.slice(2)

if (!existsSync(folder)) {
  console.log('conformance: no cases on this machine, skipped')
  process.exit(0)
}

const floor: Record<string, number> = existsSync(floorFile) ? JSON.parse(readFileSync(floorFile, 'utf8')) : {}
let passed = 0
let failed = 0
let belowFloor = false
for (const file of readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .sort()) {
  const group = file.replace('.jsonl', '')
  let good = 0
  let bad = 0
  for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
    if (line.trim() === '') continue
    const test = JSON.parse(line)
    const problem = await runFlatCase(line)
    if (problem === undefined) good++
    else {
      bad++
      if (shown.includes(group) || shown.includes(test.name))
        console.log(`  ${test.name}\n    ${test.sql}\n    ${problem}`)
    }
  }
  passed += good
  failed += bad
  const share = ((100 * good) / (good + bad)).toFixed(1)
  const below = good < (floor[group] ?? 0)
  belowFloor ||= below
  const note = below ? `  below the floor of ${floor[group]}` : ''
  console.log(
    `${group.padEnd(12)} ${String(good).padStart(4)} passed ${String(bad).padStart(4)} failed  ${share} %${note}`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = belowFloor ? 1 : 0
