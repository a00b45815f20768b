// Random statements, written out with random blanks, comments and capitals: laid out, they keep their meaning.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileText } from '../../src/core/location.ts'
import { formatSelect, formatStatements } from '../../src/sql/format.ts'
import { parseSelect, parseStatements } from '../../src/sql/parser.ts'
import { printCreate, printSelect } from '../../src/sql/printer.ts'
import { tokenizeWithComments } from '../../src/sql/tokenizer.ts'
import { arbitraryCreate, arbitrarySelect } from '../support/arbitrary-ast.ts'
import { stripSpans } from '../support/trees.ts'

const GAPS = [
  ...[' ', ' ', ' ', ' ', ' ', ' ', ' ', '  ', '\n', '\n', '\t', '\n\n\n', '\r\n'],
  ...['/* c */', ' /* c */ ', '/**/', '/*a \n  b\n*/', '\n/* own */\n', '/ * far */'],
  ...['-- c\n', ' -- c \n', '\n-- own\n', "\n\n-- a\n-- b; '\n\n", '- - odd\n', "--'\n"],
]
const gaps = fc.array(fc.constantFrom(...GAPS), { minLength: 1, maxLength: 60 })
const few = fc.array(fc.oneof({ weight: 40, arbitrary: fc.constant(' ') }, fc.constantFrom(...GAPS)), {
  minLength: 1,
  maxLength: 60,
})

/** The text with its tokens as they are, keywords in turn in capitals or not, and other gaps between them. */
function scattered(text: string, gaps: readonly string[]): string {
  const { tokens } = tokenizeWithComments(new FileText('x.sql', text))
  let out = ''
  let end = 0
  tokens.forEach((token, i) => {
    const { start } = token.span
    // where nothing stood nothing need stand
    const isTight = start === end && i % 3 !== 0
    const gap = isTight ? '' : gaps[i % gaps.length]!
    // two minus signs with blanks between them begin a comment
    out += out.endsWith('-') && /^\s*-/.test(gap) ? ' ' : gap
    const written = text.slice(start, token.span.end)
    out += token.kind === 'keyword' && i % 2 === 0 ? written.toLowerCase() : written
    end = token.span.end
  })
  return out
}

function comments(text: string): string[] {
  const { comments } = tokenizeWithComments(new FileText('x.sql', text))
  return comments.map(
    ({ kind, body }) => kind + body.replace(/[ \t\r]+\n/g, '\n').replace(kind === 'line' ? /\s+$/ : /^$/, ''),
  )
}

for (const [name, arbitraryGaps] of [
  ['many comments', gaps],
  ['few comments', few],
] as const) {
  test(`a SELECT keeps its tree and its comments, and stays as it is the second time: ${name}`, () => {
    fc.assert(
      fc.property(arbitrarySelect, arbitraryGaps, (select, gaps) => {
        const text = scattered(printSelect(select), gaps)
        const once = formatSelect(new FileText('x.sql', text))
        assert.deepEqual(stripSpans(parseSelect(new FileText('x.sql', once))), stripSpans(select), once)
        assert.deepEqual(comments(once), comments(text))
        assert.equal(formatSelect(new FileText('x.sql', once)), once, `the second time, of\n${text}`)
        assert.doesNotMatch(once.replace(/`[^`]*`|"(?:\\.|[^"\\])*"/g, 'x'), /[ \t]\n|\n\n\n|\s$/)
      }),
      { numRuns: 300 },
    )
  })

  test(`a file of CREATEs keeps its definitions and its comments: ${name}`, () => {
    fc.assert(
      fc.property(fc.array(arbitraryCreate, { maxLength: 3 }), arbitraryGaps, (creates, gaps) => {
        const text = scattered(creates.map(printCreate).join(';'), gaps)
        const once = formatStatements(new FileText('x.sql', text))
        const { statements, errors } = parseStatements(new FileText('x.sql', once))
        assert.deepEqual(errors, [])
        assert.deepEqual(stripSpans(statements), stripSpans(creates), once)
        assert.deepEqual(comments(once), comments(text))
        assert.equal(formatStatements(new FileText('x.sql', once)), once, `the second time, of\n${text}`)
      }),
      { numRuns: 200 },
    )
  })
}
