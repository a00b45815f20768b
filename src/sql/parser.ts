// SQL text in, statements out: one SELECT of a rule, or all statements of a file with every error in it.

import { didYouMean, nearest, UserError } from '../core/errors.ts'
import type { SourceText } from '../core/location.ts'
import type { SelectStatement, Statement } from './ast.ts'
import { parseAdmin, parseCreate } from './ddl-parser.ts'
import { parseSelectStatement } from './select-parser.ts'
import { TokenStream, tokenText } from './token-stream.ts'
import type { Token } from './tokenizer.ts'

/** Texts and trees never change, and a rule's is asked for by the reconciler, its comparison and the compiler. */
const parsed = new WeakMap<SourceText, SelectStatement>()

/**
 * The SELECT of a rule. What stands behind its `;` is ignored. The same text object gives the same tree.
 * @throws {UserError} SQL_SYNTAX, SQL_WINDOW or SQL_JOIN, with its place
 * @see spec/sql.md 2, 4
 */
export function parseSelect(source: SourceText): SelectStatement {
  const known = parsed.get(source)
  if (known) return known
  const select = readSelect(source)
  parsed.set(source, select)
  return select
}

function readSelect(source: SourceText): SelectStatement {
  const t = new TokenStream(source)
  if (t.isKeyword('SELECT')) return parseSelectStatement(t)
  if (t.current.kind === 'end') throw t.error({ what: 'There is no SQL here.', fix: 'Write SELECT … FROM ….' })
  const what = `A rule's SQL is one SELECT, but it begins with ${tokenText(t.current)}.`
  if (t.isWord('CREATE')) throw t.error({ what, fix: 'CREATE stands in a file of its own, streams/NAME.sql.' })
  const slip = t.current.kind === 'name' && nearest(t.current.name, ['SELECT']) !== undefined
  throw t.error({ what, fix: slip ? 'Did you mean SELECT?' : undefined })
}

/** A CREATE that does not parse, but says what it would have defined. */
export interface BrokenCreate {
  readonly what: 'stream' | 'table'
  readonly name: string
  readonly error: UserError
}

export interface ParsedFile {
  readonly statements: readonly Statement[]
  readonly errors: readonly UserError[]
  /** those of the errors whose victim is known */
  readonly broken: readonly BrokenCreate[]
}

/**
 * The statements of a file, and every error in it: after an error the parser goes on behind the next `;`, or at a
 * line that begins a statement.
 * @see spec/sql.md 2
 */
export function parseStatements(source: SourceText): ParsedFile {
  const t = new TokenStream(source)
  const statements: Statement[] = []
  const errors: UserError[] = []
  const broken: BrokenCreate[] = []
  for (;;) {
    while (isSeparator(t)) t.skip()
    if (t.peek(0)?.kind === 'end') return { statements, errors, broken }
    const meant = createdName(t)
    try {
      statements.push(parseStatement(t))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      errors.push(error)
      if (meant) broken.push({ ...meant, error })
      recover(t, source.text)
    }
  }
}

/** What a CREATE is about to define, so that a fault further on can be laid at its door. */
function createdName(t: TokenStream): Omit<BrokenCreate, 'error'> | undefined {
  const [create, what, name] = [t.peek(0), t.peek(1), t.peek(2)]
  if (create?.kind !== 'name' || create.name.toUpperCase() !== 'CREATE') return undefined
  if (what?.kind !== 'name' || name?.kind !== 'name' || !/^(stream|table)$/i.test(what.name)) return undefined
  return { what: what.name.toLowerCase() as 'stream' | 'table', name: name.name }
}

function parseStatement(t: TokenStream): Statement {
  if (t.isKeyword('SELECT')) return parseSelectStatement(t)
  if (t.isWord('CREATE')) return parseCreate(t)
  const admin = parseAdmin(t)
  if (admin) return admin
  const token = t.current
  const near = token.kind === 'name' ? didYouMean(token.name, FIRST_WORDS) : undefined
  const fix = near ?? 'A statement begins with CREATE STREAM, CREATE TABLE or SELECT.'
  throw t.error({ what: `No statement begins with ${tokenText(token)}.`, fix })
}

const FIRST_WORDS = ['CREATE', 'SELECT', 'SHOW', 'DESCRIBE', 'EXPLAIN', 'DROP'] as const

function isSeparator(t: TokenStream): boolean {
  const token = t.peek(0)
  return token?.kind === 'symbol' && token.symbol === ';'
}

function recover(t: TokenStream, text: string): void {
  while (t.peek(0)?.kind !== 'end' && !isSeparator(t) && !beginsStatement(t, text)) t.skip()
}

/** A first word at the start of a line: there the author thinks that a new statement begins. */
function beginsStatement(t: TokenStream, text: string): boolean {
  const token = t.peek(0)
  return token !== undefined && isFirstWord(t, token) && startsLine(text, token.span.start)
}

function isFirstWord(t: TokenStream, token: Token): boolean {
  if (token.kind === 'keyword') return token.word === 'SELECT'
  if (token.kind !== 'name' || token.quoted || token.name.toUpperCase() !== 'CREATE') return false
  const next = t.peek(1)
  return next?.kind === 'name' && /^(stream|table)$/i.test(next.name)
}

/** Looks back no further than the blanks before the word, so that recovery stays linear in the text. */
function startsLine(text: string, offset: number): boolean {
  let at = offset - 1
  while (text[at] === ' ' || text[at] === '\t') at--
  return at < 0 || text[at] === '\n' || text[at] === '\r'
}
