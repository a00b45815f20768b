// All benchmarks one after the other, each in a process of its own: arguments are handed on to none of them.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

for (const name of ['push', 'engine', 'statements', 'windows']) {
  console.log(`\n${name}`)
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const { status } = spawnSync(process.execPath, [file], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
