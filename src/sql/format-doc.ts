// A text with places where it may break in, lines of a given width out; comments keep their place between the words.

/** A comment beside a word, and whether a line must begin before it or after it. */
export interface Note {
  readonly text: string
  readonly newlineBefore: boolean
  readonly newlineAfter: boolean
}

/** A word with the comments around it. */
export interface Word {
  readonly text: string
  readonly before: readonly Note[]
  readonly after: readonly Note[]
}

/** A string is text without line breaks; `' '` alone is a blank that no line begins or ends with. */
export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: 'word'; readonly word: Word }
  /** a line break, or `flat` where the group around it fits on one line */
  | { readonly kind: 'line'; readonly flat: '' | ' ' }
  | { readonly kind: 'indent'; readonly body: Doc }
  /** on one line when it fits, else broken at its lines, but not at those of groups within */
  | { readonly kind: 'group'; readonly body: Doc }

export const LINE: Doc = { kind: 'line', flat: ' ' }
export const SOFT_LINE: Doc = { kind: 'line', flat: '' }

export function indent(...body: Doc[]): Doc {
  return { kind: 'indent', body }
}

export function group(...body: Doc[]): Doc {
  return { kind: 'group', body }
}

const INDENT = 2

interface Command {
  readonly indent: number
  readonly flat: boolean
  readonly doc: Doc
}

/**
 * The text with as few line breaks as the width asks for; lines outside of groups always break.
 * @param width in UTF-16 units
 * @see Wadler, A prettier printer, 2003; with comments as prettier.io has them
 */
export function render(doc: Doc, width: number): string {
  const out = new Lines()
  const commands: Command[] = [{ indent: 0, flat: false, doc }]
  for (let command = commands.pop(); command; command = commands.pop()) {
    const { doc, indent, flat } = command
    if (typeof doc === 'string') out.put(doc, indent)
    else if (!isNode(doc)) pushAll(commands, doc, indent, flat)
    else if (doc.kind === 'word') putWord(out, doc.word, indent)
    else if (doc.kind === 'line') flat ? out.put(doc.flat, indent) : out.breakLine(indent)
    else if (doc.kind === 'indent') commands.push({ indent: indent + INDENT, flat, doc: doc.body })
    else commands.push({ indent, flat: flat || fits(doc.body, commands, width - out.column), doc: doc.body })
  }
  return out.text
}

function isNode(doc: Exclude<Doc, string>): doc is Exclude<Doc, string | readonly Doc[]> {
  return 'kind' in doc
}

function pushAll(commands: Command[], docs: readonly Doc[], indent: number, flat: boolean): void {
  for (let i = docs.length - 1; i >= 0; i--) commands.push({ indent, flat, doc: docs[i]! })
}

function putWord(out: Lines, word: Word, indent: number): void {
  for (const note of word.before) {
    putNote(out, note, indent)
    out.put(' ', indent)
  }
  out.put(word.text, indent)
  for (const note of word.after) {
    out.put(' ', indent)
    putNote(out, note, indent)
  }
}

function putNote(out: Lines, note: Note, indent: number): void {
  if (note.newlineBefore) out.breakLine(indent)
  out.put(note.text, indent)
  if (note.newlineAfter) out.needBreak()
}

/** The lines so far. Blanks and line breaks wait until something follows them. */
class Lines {
  text = ''
  #column = 0
  #newline: number | undefined
  #blank = false
  #needsBreak = false

  /** where the next text would begin */
  get column(): number {
    return this.#newline ?? this.#column + (this.#blank ? 1 : 0)
  }

  /** The next text begins a line, with so many blanks. */
  breakLine(indent: number): void {
    if (this.text !== '') this.#newline = indent
  }

  /** Nothing may follow on this line. */
  needBreak(): void {
    this.#needsBreak = true
  }

  put(text: string, indent: number): void {
    if (text === '') return
    if (text === ' ') {
      this.#blank = true
      return
    }
    if (this.#needsBreak) this.#newline ??= indent
    if (this.#newline !== undefined) this.#add(`\n${' '.repeat(this.#newline)}`)
    else if (this.#blank && this.text !== '') this.#add(' ')
    this.#add(text)
    this.#newline = undefined
    this.#blank = false
    this.#needsBreak = false
  }

  #add(text: string): void {
    this.text += text
    const newline = text.lastIndexOf('\n')
    this.#column = newline < 0 ? this.#column + text.length : text.length - newline - 1
  }
}

/**
 * Whether a group stays on its line, together with what follows it up to the next line break. A comment behind its
 * last word may stick out; one that ends a line in its midst may not be.
 */
function fits(body: Doc, rest: readonly Command[], room: number): boolean {
  const scan = new Scan(room)
  const commands: Pick<Command, 'flat' | 'doc'>[] = [{ flat: true, doc: body }]
  let next = rest.length
  for (;;) {
    let command = commands.pop()
    if (!command) {
      if (next === 0) return true
      scan.leave()
      command = rest[--next]!
    }
    const { doc, flat } = command
    if (typeof doc === 'string') scan.text(doc)
    else if (!isNode(doc)) for (let i = doc.length - 1; i >= 0; i--) commands.push({ flat, doc: doc[i]! })
    else if (doc.kind === 'word') scan.word(doc.word)
    else if (doc.kind !== 'line') commands.push({ flat, doc: doc.body })
    else if (flat) scan.line(doc.flat)
    else return true
    if (scan.answer !== undefined) return scan.answer
  }
}

class Scan {
  answer: boolean | undefined
  #room: number
  #started = false
  #left = false
  #lineEnds = false

  constructor(room: number) {
    this.#room = room
  }

  /** What follows stands behind the group. */
  leave(): void {
    this.#left = true
  }

  line(flat: string): void {
    this.#started = true
    this.#room -= flat.length
  }

  text(text: string): void {
    if (text !== ' ' && text !== '' && this.#lineEnds) this.answer ??= this.#left
    this.#take(text.length)
    if (text !== ' ') this.#started = true
  }

  word(word: Word): void {
    for (const { text, newlineBefore, newlineAfter } of word.before) {
      if (!newlineBefore && !newlineAfter && !text.includes('\n')) this.#take(text.length + 1)
      // before the first word a comment of its own line takes nothing from the line that the group stands on
      else if (this.#started || this.#left) this.answer ??= this.#left
    }
    this.text(word.text)
    for (const { text, newlineBefore, newlineAfter } of word.after) {
      if (newlineBefore || newlineAfter || text.includes('\n')) this.#lineEnds = true
      else this.#take(text.length + 1)
    }
  }

  #take(width: number): void {
    this.#room -= width
    if (this.#room < 0) this.answer ??= false
  }
}
