// The words of a statement in, nested by brackets and CASE out, each operator with its role.

import type { Atom } from './format-atoms.ts'

/** What an operator does where it stands; `sign` is a minus before a number, `point` a point before its digits. */
export type Role = 'or' | 'and' | 'compare' | 'add' | 'multiply' | 'sign' | 'path' | 'point' | 'wildcard'

export interface Leaf {
  readonly kind: 'leaf'
  readonly atom: Atom
  readonly role: Role | undefined
}

/** What stands in brackets, or between CASE and END. */
export interface Nest {
  readonly kind: 'bracket' | 'case'
  readonly open: Atom
  readonly body: readonly Node[]
  readonly close: Atom
}

export type Node = Leaf | Nest

/** @param atoms of a statement that parses, without its `;` */
export function nest(atoms: readonly Atom[]): Node[] {
  const [nodes, read] = nestFrom(atoms, 0)
  if (read !== atoms.length) throw new Error(`a bracket too many in ${atoms.map(({ text }) => text).join(' ')}`)
  return nodes
}

/** The nodes up to the first closing bracket or END that was not opened here, and its index. */
function nestFrom(atoms: readonly Atom[], start: number): [Node[], number] {
  const nodes: Node[] = []
  /** BETWEENs whose AND is to come */
  let open = 0
  for (let i = start; i < atoms.length; i++) {
    const atom = atoms[i]!
    const kind = opening(atom)
    if (kind) {
      const [body, end] = nestFrom(atoms, i + 1)
      const close = atoms[end]
      if (!close) throw new Error(`${atom.text} is not closed`)
      nodes.push({ kind, open: atom, body, close })
      i = end
      continue
    }
    if (isClosing(atom)) return [nodes, i]
    const isBound = open > 0 && atom.text === 'AND' && atom.token.kind === 'keyword'
    if (isWord(atom, 'BETWEEN')) open++
    if (isBound) open--
    nodes.push({ kind: 'leaf', atom, role: isBound ? undefined : roleOf(atom, nodes.at(-1)) })
  }
  return [nodes, atoms.length]
}

function opening(atom: Atom): Nest['kind'] | undefined {
  const { token } = atom
  if (token.kind === 'symbol') return token.symbol === '(' || token.symbol === '[' ? 'bracket' : undefined
  return isWord(atom, 'CASE') ? 'case' : undefined
}

function isClosing(atom: Atom): boolean {
  const { token } = atom
  if (token.kind === 'symbol') return token.symbol === ')' || token.symbol === ']'
  return isWord(atom, 'END')
}

/** Whether an atom is this reserved word. A source that is called by one has not its text alone. */
export function isWord(atom: Atom, word: string): boolean {
  return atom.token.kind === 'keyword' && atom.text === word
}

function roleOf({ token, text }: Atom, before: Node | undefined): Role | undefined {
  if (token.kind === 'keyword') return text === 'OR' ? 'or' : text === 'AND' ? 'and' : undefined
  if (token.kind !== 'symbol' || text !== token.symbol) return undefined
  switch (token.symbol) {
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return 'compare'
    case '+':
    case '|':
    case '^':
      return 'add'
    case '/':
    case '%':
    case '&':
      return 'multiply'
    case '-':
      return endsOperand(before) ? 'add' : 'sign'
    case '*':
      return endsOperand(before) ? 'multiply' : 'wildcard'
    case '.':
      return endsOperand(before) ? 'path' : 'point'
    case '->':
      return 'path'
    default:
      return undefined
  }
}

function endsOperand(node: Node | undefined): boolean {
  if (node?.kind !== 'leaf') return node !== undefined
  const { kind } = node.atom.token
  if (kind === 'keyword') return /^(?:TRUE|FALSE)$/.test(node.atom.text)
  return kind !== 'symbol' || node.role === 'wildcard'
}
