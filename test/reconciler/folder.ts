// A temporary folder with configuration in it, and the git program to check things out with.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

export interface Folder {
  readonly path: string
  write(file: string, text: string | Uint8Array): void
  /** as editors save: to another name, then over the old one */
  replace(file: string, text: string): void
  remove(file: string): void
  git(...args: string[]): string
}

export function makeFolder(t: TestContext, files: Readonly<Record<string, string>> = {}): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-')))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const folder: Folder = {
    path,
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), text)
    },
    replace(file, text) {
      writeFileSync(join(path, `${file}.tmp`), text)
      renameSync(join(path, `${file}.tmp`), join(path, file))
    },
    remove(file) {
      rmSync(join(path, file), { recursive: true })
    },
    git(...args) {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main']
      return execFileSync('git', [...identity, ...args], { cwd: path, encoding: 'utf8', stdio: 'pipe' })
    },
  }
  for (const [file, text] of Object.entries(files)) folder.write(file, text)
  return folder
}

export const stream = (name: string, path = `/${name}`) =>
  `CREATE STREAM ${name} () WITH (TYPE="httppush", DATASOURCE="${path}");\n`

export const rule = (from: string, where = 'a > 1') =>
  `sql: SELECT a FROM ${from} WHERE ${where}\nactions:\n  - nop: {}\n`
