// SQL text in, the same SQL laid out out: every word and comment as its author wrote it, in its order; only white
// space and the case of keywords change. The result is read back and compared before anyone gets it.

import { UserError } from '../core/errors.ts'
import { FileText, type SourceText } from '../core/location.ts'
import { commentText, type Remark, readAtoms, type StatementAtoms } from './format-atoms.ts'
import { group, type Note, render } from './format-doc.ts'
import { layOut } from './format-layout.ts'
import { nest } from './format-tree.ts'
import { parseSelect, parseStatements } from './parser.ts'
import { printSelect, printStatement } from './printer.ts'
import { type Token, tokenizeWithComments } from './tokenizer.ts'

const WIDTH = 100

/**
 * A file of statements: a blank line between them, each with its `;`, a line break at the end.
 * @throws {UserError} all that keeps the text from being read
 */
export function formatStatements(source: SourceText): string {
  const { statements, remarks } = readAtoms(source.text, ...sound(source))
  const ended = statements.map(statement => ({ ...statement, hasSemicolon: true }))
  const text = ended.length + remarks.length === 0 ? '' : `${assemble(ended, remarks)}\n`
  return checked(source, text, s => statementsOf(s).map(printStatement).join(';\n'))
}

/**
 * The SELECT of a rule, without a line break at the end. What stands behind its `;` is no SQL and stays as it is.
 * @throws {UserError} what keeps the text from being read
 */
export function formatSelect(source: SourceText): string {
  parseSelect(source)
  const { tokens } = tokenizeWithComments(source)
  const semicolon = tokens.findIndex(token => token.kind === 'symbol' && token.symbol === ';')
  const next = semicolon < 0 ? undefined : tokens[semicolon + 1]
  const end = !next || next.kind === 'end' ? source.text.length : tokens[semicolon]!.span.end
  const select = new FileText(source.path, source.text.slice(0, end))
  const { tokens: read, comments } = tokenizeWithComments(select)
  const { statements, remarks } = readAtoms(select.text, read, comments)
  const text = checked(select, assemble(statements, remarks), s => printSelect(parseSelect(s)))
  const rest = source.text.slice(end).trim()
  return rest === '' ? text : `${text}\n${rest}`
}

function sound(source: SourceText): [Token[], ReturnType<typeof tokenizeWithComments>['comments']] {
  statementsOf(source)
  const { tokens, comments } = tokenizeWithComments(source)
  return [tokens, comments]
}

function statementsOf(source: SourceText) {
  const { statements, errors } = parseStatements(source)
  if (errors.length > 0) throw UserError.together(errors)
  return statements
}

interface Chunk {
  readonly text: string
  readonly blankBefore: boolean
}

/** Blank lines stay, one of several; between two statements there is one. */
function assemble(statements: readonly StatementAtoms[], remarks: readonly Remark[]): string {
  const chunks: Chunk[] = []
  for (const statement of statements) {
    const { blankBefore, atoms } = statement
    const own: Chunk[] = [...statement.remarks, { text: statementText(statement), blankBefore }]
    if (atoms.length > 0 && !own.some(chunk => chunk.blankBefore)) own[0] = { ...own[0]!, blankBefore: true }
    chunks.push(...own)
  }
  chunks.push(...remarks)
  return chunks.map(({ text, blankBefore }, i) => (i === 0 ? '' : blankBefore ? '\n\n' : '\n') + text).join('')
}

function statementText(statement: StatementAtoms): string {
  const { atoms, hasSemicolon, trailing } = statement
  return `${atoms.length > 0 ? bodyText(statement) : ''}${hasSemicolon ? ';' : ''}${trailing.map(behind).join('')}`
}

function behind(note: Note, i: number, notes: readonly Note[]): string {
  return `${notes[i - 1]?.newlineAfter ? '\n' : ' '}${note.text}`
}

/** On one line when it fits and its author had it on one, without comments; else a line for each clause. */
function bodyText({ atoms, hasSemicolon, isBroken }: StatementAtoms): string {
  const doc = [layOut(nest(atoms)), hasSemicolon ? ';' : '']
  const hasComments = atoms.some(({ before, after }) => before.length + after.length > 0)
  const line = isBroken || hasComments ? undefined : render(group(doc), Number.POSITIVE_INFINITY)
  const text = line !== undefined && line.length <= WIDTH ? line : render(doc, WIDTH)
  return hasSemicolon ? text.slice(0, -1) : text
}

/** That the text means what the source means is not left to reasoning. */
function checked(source: SourceText, text: string, print: (source: SourceText) => string): string {
  const formatted = new FileText(source.path, text)
  const [before, after] = [contents(source), contents(formatted)]
  if (before.words !== after.words) throw new Error('the formatter changed a word')
  if (before.comments !== after.comments) throw new Error('the formatter changed a comment')
  if (print(source) !== print(formatted)) throw new Error('the formatter changed the meaning')
  return text
}

function contents(source: SourceText): { words: string; comments: string } {
  const { tokens, comments } = tokenizeWithComments(source)
  const words = tokens.map(token => wordText(source.text, token)).join('\n')
  return { words: words.replace(/\n;?\n?$/, ''), comments: comments.map(commentText).join('\n') }
}

/** What of a token must stay: all but the case of bare words, and blanks within operators. */
function wordText(text: string, token: Token): string {
  if (token.kind === 'symbol') return token.symbol
  const written = text.slice(token.span.start, token.span.end)
  return token.kind === 'keyword' || (token.kind === 'name' && !token.quoted) ? written.toUpperCase() : written
}
