import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'sluice')

/** A folder with the launcher and a src/main.ts that only says what it was given. */
function project(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-launcher-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  mkdirSync(join(dir, 'bin'))
  mkdirSync(join(dir, 'src'))
  cpSync(LAUNCHER, join(dir, 'bin', 'sluice'))
  const main =
    "const given: unknown = [process.argv.slice(2), process.execPath, process.env['NODE_COMPILE_CACHE'] ?? null]\n" +
    'console.log(JSON.stringify(given))\nprocess.exitCode = 3\n'
  writeFileSync(join(dir, 'src', 'main.ts'), main)
  return dir
}

/** A program that is called `node` and only knows its version. */
function fakeNode(path: string, version: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "ran by ${version}"\n`)
  chmodSync(path, 0o755)
}

function run(command: string, args: readonly string[], env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', ...env },
  })
  return { status, stdout, stderr }
}

test('arguments, exit code and the chosen Node.js pass through, also by a symlink from elsewhere', t => {
  const dir = project(t)
  mkdirSync(join(dir, 'elsewhere'))
  symlinkSync('../bin/sluice', join(dir, 'elsewhere', 'relative'))
  symlinkSync(join(dir, 'elsewhere', 'relative'), join(dir, 'elsewhere', 'absolute'))
  for (const launcher of ['bin/sluice', 'elsewhere/relative', 'elsewhere/absolute']) {
    const env = { SLUICE_NODE: process.execPath, HOME: join(dir, 'home') }
    const { status, stdout, stderr } = run(join(dir, launcher), ['tail', 'a b', '--dir=x'], env)
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), [
      ['tail', 'a b', '--dir=x'],
      process.execPath,
      join(dir, 'home/.cache/sluice'),
    ])
    assert.equal(status, 3)
  }
})

test('a compile cache that is set already, even to nothing, stays as it is', t => {
  const dir = project(t)
  const env = { SLUICE_NODE: process.execPath, HOME: join(dir, 'home') }
  const cacheOf = (cache: string) =>
    JSON.parse(run(join(dir, 'bin/sluice'), [], { ...env, NODE_COMPILE_CACHE: cache }).stdout)[2]
  assert.equal(cacheOf(join(dir, 'mine')), join(dir, 'mine'))
  assert.equal(cacheOf(''), '')
})

test('the Node.js that npm ci installed comes before the one on PATH', t => {
  const dir = project(t)
  fakeNode(join(dir, 'node_modules/.bin/node'), 'v26.1.0')
  fakeNode(join(dir, 'path/node'), 'v27.0.0')
  assert.equal(run(join(dir, 'bin/sluice'), [], { PATH: `${dir}/path:/usr/bin:/bin` }).stdout, 'ran by v26.1.0\n')
})

test('a Node.js on PATH is taken from 26 on; an older one is refused in two lines with 78', t => {
  const dir = project(t)
  const env = { PATH: `${dir}/path:/usr/bin:/bin` }
  fakeNode(join(dir, 'path/node'), 'v26.0.0')
  assert.equal(run(join(dir, 'bin/sluice'), [], env).stdout, 'ran by v26.0.0\n')
  fakeNode(join(dir, 'path/node'), 'v25.9.1')
  const refused = run(join(dir, 'bin/sluice'), [], env)
  assert.equal(refused.status, 78)
  assert.equal(refused.stdout, '')
  assert.match(
    refused.stderr,
    /^sluice: needs Node\.js 26 or newer; .*path\/node is v25\.9\.1\.\nsluice: run 'npm ci' in .*\n$/,
  )
})
