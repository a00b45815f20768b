// Rows in at the end, out at the front in the same order, and found by their numbers meanwhile. Each can have an owner, and
// be followed by a later row of the same owner.

import { makeRow, type Row } from '../../core/row.ts'
import type { Values } from '../../core/value.ts'

const BLOCK_BITS = 8
const BLOCK_SIZE = 1 << BLOCK_BITS
const OFFSET = BLOCK_SIZE - 1
/** Numbers have 32 bits, of which this many name the block. */
const BLOCK_NUMBERS = 2 ** (32 - BLOCK_BITS) - 1

/** Rows of successive numbers, in columns: what a list has no room to spare for, and none of it moves when it grows. */
class Block<Owner> {
  /** what is left of bare rows; the others are there as they came */
  readonly items: (Values | Row | undefined)[] = new Array(BLOCK_SIZE).fill(undefined)
  readonly times = new Float64Array(BLOCK_SIZE)
  owners: (Owner | undefined)[] | undefined
  /** how many rows further on the next of the same owner is */
  steps: Int32Array | undefined
}

/**
 * Numbers count on by one and go around after 2 ** 32 rows: which of two is the earlier, their difference tells as an
 * integer of 32 bits.
 */
export class RowQueue<Owner> {
  #areBare: boolean
  /** by number of the block, going around; its length is a power of two */
  #blocks: (Block<Owner> | undefined)[] = [undefined, undefined]
  #begin: number
  #end: number
  #source = 0

  /**
   * @param areBare rows are no more than their values and their time
   * @param first number of the first row, with which a block begins
   */
  constructor(areBare: boolean, first = 0) {
    this.#areBare = areBare
    this.#begin = first
    this.#end = first
  }

  get size(): number {
    return (this.#end - this.#begin) | 0
  }

  /** number of the oldest row */
  get begin(): number {
    return this.#begin
  }

  /** number of the next row that comes */
  get end(): number {
    return this.#end
  }

  /** of the oldest row, which must be there */
  get firstTime(): number {
    return this.#block(this.#begin).times[this.#begin & OFFSET]!
  }

  /** @returns its number */
  push(row: Row): number {
    const number = this.#end
    const block = (number & OFFSET) === 0 ? this.#newBlock(number) : this.#block(number)
    block.items[number & OFFSET] = this.#areBare ? row.values : row
    block.times[number & OFFSET] = row.time
    this.#source = row.source
    this.#end = (number + 1) | 0
    return number
  }

  /** From now on a row is always the same one, in which something can be left. */
  keepWhole(): void {
    if (!this.#areBare) return
    for (let number = this.#begin; number !== this.#end; number = (number + 1) | 0) {
      this.#block(number).items[number & OFFSET] = this.row(number)
    }
    this.#areBare = false
  }

  /** Forgets the oldest, which must be there. */
  shift(): void {
    const number = this.#begin
    const block = this.#block(number)
    block.items[number & OFFSET] = undefined
    if (block.owners) block.owners[number & OFFSET] = undefined
    this.#begin = (number + 1) | 0
    if ((number & OFFSET) === OFFSET) this.#blocks[this.#place(number)] = undefined
  }

  /** A bare row is made anew each time. */
  row(number: number): Row {
    const block = this.#block(number)
    const item = block.items[number & OFFSET]
    if (!this.#areBare) return item as Row
    return makeRow(item as Values, block.times[number & OFFSET]!, this.#source)
  }

  owner(number: number): Owner | undefined {
    return this.#block(number).owners?.[number & OFFSET]
  }

  own(number: number, owner: Owner): void {
    const block = this.#block(number)
    block.owners ??= new Array<Owner | undefined>(BLOCK_SIZE).fill(undefined)
    block.owners[number & OFFSET] = owner
  }

  /** number of the next row of the owner, which must be there */
  next(number: number): number {
    return (number + this.#block(number).steps![number & OFFSET]!) | 0
  }

  follow(number: number, next: number): void {
    const block = this.#block(number)
    block.steps ??= new Int32Array(BLOCK_SIZE)
    block.steps[number & OFFSET] = next - number
  }

  disown(): void {
    for (const block of this.#blocks) {
      if (block === undefined) continue
      block.owners = undefined
      block.steps = undefined
    }
  }

  /** oldest first */
  toArray(): Row[] {
    return Array.from({ length: this.size }, (_, i) => this.row((this.#begin + i) | 0))
  }

  #block(number: number): Block<Owner> {
    return this.#blocks[this.#place(number)]!
  }

  #place(number: number): number {
    return (number >>> BLOCK_BITS) & (this.#blocks.length - 1)
  }

  #newBlock(number: number): Block<Owner> {
    const held = ((number >>> BLOCK_BITS) - (this.#begin >>> BLOCK_BITS)) & BLOCK_NUMBERS
    if (held === this.#blocks.length) this.#grow()
    const block = new Block<Owner>()
    this.#blocks[this.#place(number)] = block
    return block
  }

  #grow(): void {
    const blocks = this.#blocks
    const first = this.#begin >>> BLOCK_BITS
    this.#blocks = new Array<Block<Owner> | undefined>(blocks.length * 2).fill(undefined)
    for (let i = first; i < first + blocks.length; i++) {
      this.#blocks[i & (this.#blocks.length - 1)] = blocks[i & (blocks.length - 1)]
    }
  }
}
