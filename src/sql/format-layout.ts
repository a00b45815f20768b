// A nested statement in, its layout out: where it may break, and in what order. Only white space and the case of
// keywords are decided here.

import { type Atom, isSymbol } from './format-atoms.ts'
import { type Doc, group, indent, LINE, SOFT_LINE } from './format-doc.ts'
import { isWord, type Leaf, type Nest, type Node, type Role } from './format-tree.ts'
import { isWindowName } from './window-parser.ts'

/** The layout of any statement, without its `;`. Lines outside of groups stand where clauses and columns begin. */
export function layOut(nodes: readonly Node[]): Doc {
  const first = nodes[0]
  if (first?.kind === 'leaf' && isWord(first.atom, 'SELECT')) return clauses(nodes)
  if (first?.kind === 'leaf' && first.atom.text.toUpperCase() === 'CREATE') return create(nodes)
  return spaced(nodes.map((node, i) => (i < 2 ? upper(node) : wordOf(node))))
}

const CLAUSE_WORDS: Readonly<Record<string, number>> = {
  SELECT: 1,
  FROM: 1,
  INNER: 2,
  LEFT: 2,
  RIGHT: 2,
  FULL: 2,
  CROSS: 2,
  WHERE: 1,
  GROUP: 2,
  HAVING: 1,
  ORDER: 2,
  LIMIT: 1,
  PARTITION: 2,
  WHEN: 1,
}

/** How many words begin a clause of a statement, of FILTER or of OVER here; 0 when none begins. */
function clauseWords(node: Node | undefined): number {
  if (node?.kind !== 'leaf' || node.atom.token.kind !== 'keyword') return 0
  return Object.hasOwn(CLAUSE_WORDS, node.atom.text) ? CLAUSE_WORDS[node.atom.text]! : 0
}

/** Clauses, or a list of expressions. */
function clauses(nodes: readonly Node[]): Doc {
  return separated(splitBefore(nodes, node => clauseWords(node) > 0).map(clause), LINE)
}

function clause(nodes: readonly Node[]): Doc {
  const count = clauseWords(nodes[0])
  if (count === 0) return list(nodes)
  const head = spaced(nodes.slice(0, count).map(wordOf))
  const rest = nodes.slice(count)
  const first = nodes[0] as Leaf
  switch (first.atom.text) {
    case 'SELECT':
    case 'GROUP':
    case 'ORDER':
    case 'PARTITION':
      return [head, group(indent(LINE, list(rest)))]
    case 'WHERE':
    case 'HAVING':
    case 'WHEN':
      return [head, ' ', chained(rest)]
    default:
      return [head, ' ', join(rest)]
  }
}

/** A source, with the condition behind its ON. */
function join(nodes: readonly Node[]): Doc {
  const [source = [], on] = splitBefore(nodes, node => node.kind === 'leaf' && isWord(node.atom, 'ON'))
  if (!on) return sequence(source)
  return [sequence(source), group(indent(LINE, wordOf(on[0]!), ' ', chained(on.slice(1))))]
}

/** Items with commas between them, and perhaps one behind the last. */
function list(nodes: readonly Node[], item: (nodes: readonly Node[]) => Doc = chained): Doc {
  const docs: Doc[] = []
  let start = 0
  nodes.forEach((node, i) => {
    if (node.kind !== 'leaf' || !isSymbol(node.atom.token, ',')) return
    docs.push([item(nodes.slice(start, i)), wordOf(node)])
    start = i + 1
  })
  if (start < nodes.length) docs.push(item(nodes.slice(start)))
  return separated(docs, LINE)
}

/** The operators that a line may begin with, the weakest first: there an expression breaks first. */
const CHAINS: readonly Role[] = ['or', 'and', 'compare', 'add', 'multiply']

/** An expression; what stands behind its first break is indented. */
function chained(nodes: readonly Node[], weakest = 0): Doc {
  return chain(nodes, weakest, indent)
}

/** The same where the bracket around it has been indented already. */
function aligned(nodes: readonly Node[]): Doc {
  return chain(nodes, 0, (...docs) => docs)
}

function chain(nodes: readonly Node[], weakest: number, shift: (...docs: Doc[]) => Doc): Doc {
  for (let i = weakest; i < CHAINS.length; i++) {
    const [first = [], ...others] = splitBefore(nodes, node => node.kind === 'leaf' && node.role === CHAINS[i])
    if (others.length === 0) continue
    const rest = others.map(part => [LINE, wordOf(part[0]!), ' ', chained(part.slice(1), i + 1)])
    return group(chained(first, i + 1), shift(...rest))
  }
  return sequence(nodes)
}

/** Nodes side by side: a name with its path and arguments, words with blanks between them. */
function sequence(nodes: readonly Node[]): Doc {
  return nodes.map((node, i) => [i === 0 || isGlued(nodes[i - 1]!, node) ? '' : ' ', nodeDoc(node, nodes[i + 1])])
}

function isGlued(before: Node, node: Node): boolean {
  if (before.kind === 'leaf' && (before.role === 'path' || before.role === 'sign')) return true
  if (node.kind === 'case') return false
  if (node.kind === 'leaf') return node.role === 'path' && !isAmbiguous(before, node)
  if (isSymbol(node.open.token, '[')) return true
  return before.kind === 'leaf' && takesArguments(before.atom)
}

/** A point behind a number would become part of it. */
function isAmbiguous(before: Node, { atom }: Leaf): boolean {
  if (before.kind !== 'leaf' || !isSymbol(atom.token, '.')) return false
  const { kind } = before.atom.token
  return kind === 'integer' || kind === 'float'
}

function takesArguments(atom: Atom): boolean {
  return atom.token.kind === 'name' || isWord(atom, 'EXCEPT') || isWord(atom, 'REPLACE')
}

function nodeDoc(node: Node, next: Node | undefined): Doc {
  if (node.kind !== 'leaf') return node.kind === 'case' ? caseDoc(node) : bracket(node)
  const { token } = node.atom
  const isCall = next?.kind === 'bracket' && isSymbol(next.open.token, '(')
  const isWindow = isCall && token.kind === 'name' && !token.quoted && isWindowName(token.name.toLowerCase())
  return isWindow ? upper(node) : wordOf(node)
}

function bracket(node: Nest): Doc {
  const { open, body, close } = node
  if (body.length === 0) return [word(open), word(close)]
  const colon = body.findIndex(child => child.kind === 'leaf' && isSymbol(child.atom.token, ':'))
  const inner = colon < 0 ? listOrExpression(body) : slice(body, colon)
  return group(word(open), indent(SOFT_LINE, inner), SOFT_LINE, word(close))
}

function listOrExpression(body: readonly Node[]): Doc {
  const isList = body.some(node => clauseWords(node) > 0 || (node.kind === 'leaf' && isSymbol(node.atom.token, ',')))
  return isList ? clauses(body) : aligned(body)
}

function slice(body: readonly Node[], colon: number): Doc {
  return [chained(body.slice(0, colon)), wordOf(body[colon]!), chained(body.slice(colon + 1))]
}

function caseDoc({ open, body, close }: Nest): Doc {
  const isBranch = (node: Node) => node.kind === 'leaf' && (isWord(node.atom, 'WHEN') || isWord(node.atom, 'ELSE'))
  const parts = splitBefore(body, isBranch)
  const operand = parts[0]?.[0] && !isBranch(parts[0][0]) ? parts.shift() : undefined
  const branches = parts.map(part => [LINE, branch(part)])
  return group(word(open), operand ? [' ', chained(operand)] : '', indent(...branches), LINE, word(close))
}

/** `WHEN a THEN b`, or `ELSE b`. */
function branch(nodes: readonly Node[]): Doc {
  const [condition = [], value] = splitBefore(nodes, node => node.kind === 'leaf' && isWord(node.atom, 'THEN'))
  const head = [wordOf(condition[0]!), ' ', chained(condition.slice(1))]
  return value ? group(head, indent(LINE, wordOf(value[0]!), ' ', chained(value.slice(1)))) : head
}

/** `CREATE STREAM name (columns) WITH (options)` */
function create(nodes: readonly Node[]): Doc {
  const [create, what, name, columns, withWord, options] = nodes
  if (columns?.kind !== 'bracket' || options?.kind !== 'bracket' || nodes.length > 6) throw new Error('no CREATE')
  return spaced([
    upper(create!),
    upper(what!),
    wordOf(name!),
    // in no group: a CREATE of several lines has one for each column
    enclosed(columns, list(columns.body, column)),
    upper(withWord!),
    group(enclosed(options, optionList(options.body))),
  ])
}

function enclosed({ open, body, close }: Nest, inner: Doc): Doc {
  if (body.length === 0) return [word(open), word(close)]
  return [word(open), indent(SOFT_LINE, inner), SOFT_LINE, word(close)]
}

/** `name TYPE`, `name STRUCT(a TYPE, …)`, `name TYPE DEFAULT value` */
function column(nodes: readonly Node[]): Doc {
  const [name, ...rest] = nodes
  return [wordOf(name!), ' ', type(rest)]
}

function type(nodes: readonly Node[]): Doc {
  const [kind, inner] = nodes
  if (inner?.kind !== 'bracket') return spaced([upper(kind!), ...(nodes.length > 1 ? [sequence(nodes.slice(1))] : [])])
  const isStruct = kind?.kind === 'leaf' && kind.atom.text.toUpperCase() === 'STRUCT'
  return [upper(kind!), group(enclosed(inner, isStruct ? list(inner.body, column) : type(inner.body)))]
}

/** `NAME = value` each; the commas between them may be left out. */
function optionList(nodes: readonly Node[]): Doc {
  const docs: Doc[] = []
  for (let i = 0; i < nodes.length; ) {
    const [name, equals, value, comma] = nodes.slice(i, i + 4)
    const hasComma = comma?.kind === 'leaf' && isSymbol(comma.atom.token, ',')
    docs.push([spaced([upper(name!), wordOf(equals!), wordOf(value!)]), hasComma ? wordOf(comma) : ''])
    i += hasComma ? 4 : 3
  }
  return separated(docs, LINE)
}

function word(atom: Atom): Doc {
  return { kind: 'word', word: atom }
}

function wordOf(node: Node): Doc {
  if (node.kind !== 'leaf') throw new Error(`a bracket stands where a word must`)
  return word(node.atom)
}

/** A word in capitals, unless it is a name in back-ticks. */
function upper(node: Node): Doc {
  if (node.kind !== 'leaf') throw new Error(`a bracket stands where a word must`)
  const { token, text } = node.atom
  return word(token.kind === 'name' && token.quoted ? node.atom : { ...node.atom, text: text.toUpperCase() })
}

function spaced(docs: readonly Doc[]): Doc {
  return separated(docs, ' ')
}

function separated(docs: readonly Doc[], separator: Doc): Doc {
  return docs.map((doc, i) => (i === 0 ? doc : [separator, doc]))
}

/** The first part holds what stands before the first match, and is left out when that is nothing. */
function splitBefore(nodes: readonly Node[], matches: (node: Node) => boolean): (readonly Node[])[] {
  const parts: Node[][] = []
  nodes.forEach((node, i) => {
    if (i === 0 || matches(node)) parts.push([])
    parts.at(-1)!.push(node)
  })
  return parts
}
