// Folders with files, and a stream that remembers what was printed.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Output } from '../../src/cli/output.ts'

/** A folder of its own with these files, gone when the test ends. */
export function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-testing-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

export class Printed implements Output {
  text = ''
  write(text: string): boolean {
    this.text += text
    return true
  }
  once(): void {}
  on(): void {}
  get lines(): string[] {
    return this.text.split('\n').filter(line => line !== '')
  }
}
