// Runs the shared conformance cases, where they exist, and prints passed and failed by group. The exit code is 1 when a
// group passes fewer cases than test/conformance-floor.json says it once did.
//
//   npm run conformance                     all groups
//   npm run conformance -- window a/name    also shows the failures of a group, or of one case
//   npm run conformance -- --update-floor   raises the floor to what passes now; it is never lowered
//   npm run conformance -- --cut            instead: these cases and those of test/spec, cut at each place one by one;
//                                           a rule that goes on from what was saved must send what the whole run sends

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Repository } from '../src/testing/repository.ts'
import { runTestFile } from '../src/testing/run-tests.ts'
import { cutFile } from './support/cut-cases.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.env['SLUICE_CONFORMANCE'] ?? join(root, '../shared/conformance')
const floorFile = process.env['SLUICE_CONFORMANCE_FLOOR'] ?? join(root, 'test/conformance-floor.json')
const shown = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const isUpdate = process.argv.includes('--update-floor')

if (process.argv.includes('--cut')) {
  await cutAll([folder, join(root, 'test/spec')])
  process.exit()
}

if (!existsSync(folder)) {
  console.log('conformance: no cases on this machine, skipped')
  process.exit(0)
}

const floor: Record<string, number> = existsSync(floorFile) ? JSON.parse(readFileSync(floorFile, 'utf8')) : {}
const reached: Record<string, number> = { ...floor }
// The cases bring their streams and statements: this repository has no part in them.
const repository = new Repository(tmpdir(), {})
const totals = { passed: 0, failed: 0 }
let isBelow = false

const names = readdirSync(folder).filter(name => name.endsWith('.jsonl'))
for (const name of names.sort()) {
  const group = name.replace('.jsonl', '')
  const count = { passed: 0, failed: 0 }
  for await (const outcome of runTestFile({ path: join(folder, name), shown: name }, repository)) {
    if (outcome.message === undefined) count.passed++
    else count.failed++
    if (outcome.message !== undefined && (shown.includes(group) || shown.includes(outcome.name ?? ''))) {
      console.log(`  ${outcome.name ?? name}:${outcome.line}\n${outcome.message.replace(/^/gm, '    ')}`)
    }
  }
  totals.passed += count.passed
  totals.failed += count.failed
  reached[group] = Math.max(floor[group] ?? 0, count.passed)
  const below = count.passed < (floor[group] ?? 0) ? `  below the floor of ${floor[group]}` : ''
  isBelow ||= below !== ''
  const share = ((100 * count.passed) / Math.max(1, count.passed + count.failed)).toFixed(1)
  console.log(
    `${group.padEnd(12)} ${String(count.passed).padStart(4)} passed ${String(count.failed).padStart(4)} failed  ${share} %${below}`,
  )
}
for (const group of Object.keys(floor).filter(name => !names.includes(`${name}.jsonl`))) {
  console.log(`${group.padEnd(12)} is gone, its floor is ${floor[group]}`)
  isBelow = true
}
if (isUpdate) writeFileSync(floorFile, `${JSON.stringify(reached, null, 2)}\n`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = isBelow ? 1 : 0

async function cutAll(folders: readonly string[]): Promise<void> {
  const files = folders.filter(existsSync).flatMap(path =>
    readdirSync(path)
      .filter(name => name.endsWith('.jsonl'))
      .sort()
      .map(name => ({ path: join(path, name), shown: name })),
  )
  let failed = 0
  for (const file of files) {
    const sum = { cases: 0, cuts: 0, runs: 0, failed: 0 }
    for (const mode of ['every', 'single'] as const) {
      for await (const { name, runs, cuts, message } of cutFile(file, new Repository(tmpdir(), {}), mode)) {
        if (mode === 'single') sum.cases++
        sum.runs += runs
        sum.cuts += cuts
        if (message === undefined) continue
        sum.failed++
        console.log(`  ${name}\n${message.replace(/^/gm, '    ')}`)
      }
    }
    failed += sum.failed
    const figures = [`${sum.cases} cases`, `${sum.cuts} cuts in ${sum.runs} runs`, `${sum.failed} differ`]
    console.log(`${file.shown.padEnd(32)} ${figures.join(', ')}`)
  }
  console.log(`${files.length} files, ${failed} differences`)
  process.exitCode = failed > 0 ? 1 : 0
}
