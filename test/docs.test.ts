// The pages under docs/ are what the registries print.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { docsPages } from '../bin/print-docs.ts'

const ROOT = join(import.meta.dirname, '..')

for (const [path, printed] of docsPages()) {
  test(`${path} is what is printed today`, () => {
    const committed = readFileSync(join(ROOT, path), 'utf8')
    const [at, line] = difference(committed, printed)
    assert.ok(
      committed === printed,
      `${path}:${at} is out of date, which should read:\n  ${line}\nRun \`npm run docs\`.`,
    )
  })

  test(`the links inside ${path} lead somewhere`, () => {
    const anchors = new Set([...printed.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title!)))
    const broken = [...printed.matchAll(/\]\(#([^)]+)\)/g)].map(([, to]) => to!).filter(to => !anchors.has(to))
    assert.deepEqual(broken, [])
  })
}

function difference(committed: string, printed: string): readonly [line: number, text: string] {
  const old = committed.split('\n')
  const lines = printed.split('\n')
  const at = lines.findIndex((line, i) => line !== old[i])
  return at < 0 ? [lines.length + 1, '(nothing more)'] : [at + 1, lines[at]!]
}

/** As GitHub makes them from headings. */
function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-')
}
