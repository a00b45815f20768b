// The codes of errors and the texts of the goldens in, the page docs/errors.md out.

import { ERROR_CODES, type ErrorCode } from '../src/core/errors.ts'

const INTRODUCTION = `# Errors

<!-- Printed from src/core/errors.ts and test/golden/errors by \`npm run docs\`. Edit them there, not this page. -->

An error that the author of a file can mend says where (\`path:line:column\`, the path relative to the folder that is run), which kind it is (the
code below), what is wrong, the line with the place marked, and how to mend it. \`sluice validate\` prints all of them at once and exits with 1; the
log has each in one line; \`/status\` of the status listener has them for every file. Codes do not change from version to version; the wording may.

A file with an error hurts only itself: what was loaded from it before goes on running.
`

/** An error in its long form: the code, and all of its lines. */
export interface PrintedError {
  readonly code: ErrorCode
  readonly text: string
}

/** The errors in a golden's text, at any depth of it: each a line `path:line:column CODE`, and the lines further in below it. */
export function printedErrors(text: string): readonly PrintedError[] {
  const errors: PrintedError[] = []
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    const [, indent, code] = /^( *)\S+:\d+:\d+ ([A-Z_]+)$/.exec(line) ?? []
    if (indent === undefined || code === undefined || !(code in ERROR_CODES)) continue
    const below = lines.slice(i + 1)
    const end = below.findIndex(next => !next.startsWith(`${indent}  `))
    const all = [line, ...(end < 0 ? below : below.slice(0, end))].map(part => part.slice(indent.length))
    errors.push({ code: code as ErrorCode, text: all.join('\n') })
  }
  return errors
}

/** The whole page: for every code its meaning and the first golden that carries it. */
export function printErrors(goldens: readonly string[]): string {
  const errors = goldens.flatMap(printedErrors)
  const sections = Object.entries(ERROR_CODES).map(([code, meaning]) => {
    const example = errors.find(error => error.code === code)
    if (!example) throw new Error(`no golden under test/golden/errors has ${code}`)
    return `## ${code}\n\n${meaning}\n\n\`\`\`text\n${example.text}\n\`\`\`\n`
  })
  return [INTRODUCTION, ...sections].join('\n')
}
