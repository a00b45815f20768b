// What the authors of files read: the folders under golden/errors/folders are checked as `sluice validate` does (and
// `runs` as `sluice test`), beside each the text that is printed. Every code has a golden.

import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { printedErrors } from '../bin/error-page.ts'
import { docsGoldens } from '../bin/print-docs.ts'
import { runTest } from '../src/cli/test.ts'
import { runValidate } from '../src/cli/validate.ts'
import { ERROR_CODES } from '../src/core/errors.ts'
import { Collector } from './cli/support.ts'

const GOLDENS = join(import.meta.dirname, 'golden', 'errors', 'folders')

/** A copy, so that what a repository cannot hold (links out of it, files that are no text) can be put beside. */
function copied(t: TestContext, name?: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-errors-'))
  t.after(() => rmSync(dir, { recursive: true }))
  if (name !== undefined) cpSync(join(GOLDENS, name), dir, { recursive: true })
  return dir
}

/** NAME=value by lines. */
function environment(dir: string): Record<string, string> {
  const path = join(dir, 'env')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  return Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

function snapshot(t: TestContext, name: string, text: string): void {
  t.assert.fileSnapshot(text, join(GOLDENS, `${name}.txt`), { serializers: [plain => plain] })
}

async function validated(dir: string): Promise<string> {
  const out = new Collector()
  const code = await runValidate({ dir, env: environment(dir), out, err: out })
  assert.equal(code, 1, out.text)
  return out.text
}

const FOLDERS = readdirSync(GOLDENS, { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'runs')
  .map(entry => entry.name)

for (const name of FOLDERS) {
  test(`what is wrong with the folder ${name} reads as it should`, async t => {
    snapshot(t, name, await validated(copied(t, name)))
  })
}

test('what is wrong with the cases of runs reads as it should', async t => {
  const dir = copied(t, 'runs')
  const out = new Collector()
  assert.equal(await runTest([], { dir, env: {}, out, err: out }), 1)
  snapshot(t, 'runs', out.text.replace(/\d+(\.\d+)? m?s\b/g, '… ms'))
})

test('what is wrong with files that no repository can hold reads as it should', async t => {
  const dir = copied(t)
  const rules = join(dir, 'rules')
  mkdirSync(rules)
  const rule = 'sql: SELECT * FROM s\nactions: [{log: {}}]\n'
  writeFileSync(join(rules, 'latin.yaml'), Buffer.from('name: K\xe4lte\n', 'latin1'))
  writeFileSync(join(rules, 'large.yaml'), `${rule}# ${'x'.repeat(1024 * 1024)}\n`)
  writeFileSync(join(rules, 'case.yaml'), rule)
  writeFileSync(join(rules, 'Case.yaml'), rule)
  mkdirSync(join(rules, 'folder.yaml'))
  symlinkSync('/etc/hostname', join(rules, 'out.yaml'))
  symlinkSync('nowhere.yaml', join(rules, 'dangling.yaml'))
  snapshot(t, 'unreadable', await validated(dir))
})

test('every code of an error has a golden', () => {
  const codes = new Set(
    docsGoldens()
      .flatMap(printedErrors)
      .map(({ code }) => code),
  )
  assert.deepEqual(
    Object.keys(ERROR_CODES).filter(code => !codes.has(code as keyof typeof ERROR_CODES)),
    [],
  )
})
