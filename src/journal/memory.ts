// Messages in, messages out, nothing on disk: a bounded ring per stream that its slowest reader empties.

import type { Journal, JournalReader, Message, Refusal, StreamLimits, StreamStatus } from './journal.ts'

export interface MemoryJournalOptions {
  /**
   * How callbacks are put off; default setImmediate. It runs after every socket that was readable in this turn of the
   * event loop has been read and answered, so answers never wait for rules and one callback serves the whole burst.
   * A microtask would run the rules between two requests of the same turn. `sluice test` passes its own queue.
   */
  readonly schedule?: (run: () => void) => void
  /** A reader's callback threw: our bug, its neighbours go on. Default: a process warning. */
  readonly onError?: (stream: string, error: unknown) => void
}

/** The journal for streams that only rules with qos 0 read. Append, read and the callbacks cost nothing per row. */
export class MemoryJournal implements Journal {
  readonly #rings = new Map<string, Ring>()
  readonly #schedule: (run: () => void) => void
  readonly #onError: (stream: string, error: unknown) => void
  #dirty: Ring[] = []
  #scheduled = false

  constructor(options: MemoryJournalOptions = {}) {
    this.#schedule = options.schedule ?? (run => void setImmediate(run))
    this.#onError = options.onError ?? ((_stream, error) => process.emitWarning(error as Error))
  }

  define(stream: string, limits: StreamLimits): void {
    const ring = this.#rings.get(stream)
    if (!ring) {
      this.#rings.set(stream, new Ring(stream, limits, r => this.#wake(r)))
      return
    }
    ring.limits = limits
    ring.roomMade()
  }

  remove(stream: string): void {
    const ring = this.#rings.get(stream)
    if (!ring) return
    this.#rings.delete(stream)
    for (const reader of [...ring.readers]) reader.close()
    ring.roomMade()
  }

  hasRoom(stream: string, sizeBytes: number): Refusal | true {
    return this.#rings.get(stream)?.hasRoom(sizeBytes) ?? 'closed'
  }

  append(stream: string, message: Message): number | Refusal {
    return this.#rings.get(stream)?.append(message) ?? 'closed'
  }

  onRoom(stream: string, callback: () => void): void {
    const ring = this.#rings.get(stream)
    // Nothing is held that a release could free: only a new try can tell the caller what is the matter.
    if (!ring || ring.held === 0) {
      this.#schedule(() => this.#guard(stream, callback))
      return
    }
    ring.waiting.push(callback)
  }

  reader(stream: string, from?: number): JournalReader {
    const ring = this.#rings.get(stream)
    if (!ring) throw new Error(`no stream "${stream}" in the journal: define it before a rule reads it`)
    return ring.open(from)
  }

  status(): readonly StreamStatus[] {
    return Array.from(this.#rings.values(), ring => ring.status())
  }

  #wake(ring: Ring): void {
    this.#dirty.push(ring)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule(() => this.#flush())
  }

  #flush(): void {
    const dirty = this.#dirty
    this.#dirty = []
    // Cleared first: what a callback appends is served by a flush of its own, after I/O had its turn.
    this.#scheduled = false
    for (const ring of dirty) {
      ring.dirty = false
      const waiting = ring.waitingNow
      ring.waitingNow = []
      for (const callback of waiting) this.#guard(ring.stream, callback)
      for (const reader of [...ring.readers]) {
        const before = reader.position
        if (!reader.callback || reader.lag === 0) continue
        this.#guard(ring.stream, reader.callback)
        // It took some and left some: it is called again. One that took nothing is busy and comes back by itself.
        if (reader.lag > 0 && reader.position !== before) ring.wake()
      }
    }
  }

  #guard(stream: string, callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#onError(stream, error)
    }
  }
}

const SMALLEST_CAPACITY = 16
const NO_MESSAGES: readonly Message[] = Object.freeze([])

/** One stream's messages [tail, head), each in slot position & mask. Grows up to the bound, and never past it. */
class Ring {
  readonly stream: string
  limits: StreamLimits
  readonly readers = new Set<RingReader>()
  /** onRoom callbacks that wait for a release, and those that the next flush calls */
  waiting: (() => void)[] = []
  waitingNow: (() => void)[] = []
  /** in the journal's list of rings to be flushed */
  dirty = false
  readonly #notify: (ring: Ring) => void
  #slots: (Message | undefined)[] = new Array(SMALLEST_CAPACITY)
  #mask = SMALLEST_CAPACITY - 1
  #head = 0
  #tail = 0
  #bytes = 0
  #appended = 0
  #refused = 0

  constructor(stream: string, limits: StreamLimits, notify: (ring: Ring) => void) {
    this.stream = stream
    this.limits = limits
    this.#notify = notify
  }

  get head(): number {
    return this.#head
  }

  get held(): number {
    return this.#head - this.#tail
  }

  hasRoom(sizeBytes: number): Refusal | true {
    if (this.readers.size === 0) return 'closed'
    const held = this.#head - this.#tail
    // Into an empty ring anything goes: a message larger than the bound could otherwise never pass.
    if (held === 0) return true
    return held < this.limits.bufferLength && this.#bytes + sizeBytes <= this.limits.bufferBytes ? true : 'full'
  }

  append(message: Message): number | Refusal {
    const room = this.hasRoom(message.sizeBytes)
    if (room !== true) {
      this.#refused++
      return room
    }
    if (this.#head - this.#tail > this.#mask) this.#grow()
    const position = this.#head++
    this.#slots[position & this.#mask] = message
    this.#bytes += message.sizeBytes
    this.#appended++
    if (!this.dirty) this.wake()
    return position
  }

  read(from: number, most: number): readonly Message[] {
    const count = Math.min(most, this.#head - from)
    if (!(count > 0)) return NO_MESSAGES
    const messages = new Array<Message>(count)
    for (let i = 0; i < count; i++) messages[i] = this.#slots[(from + i) & this.#mask]!
    return messages
  }

  /** @param from clamped to what is still held */
  open(from: number | undefined): RingReader {
    const start = from === undefined ? this.#head : Math.max(this.#tail, Math.min(from, this.#head))
    const reader = new RingReader(this, start)
    this.readers.add(reader)
    return reader
  }

  /** A reader has moved on or is gone: forgets what no reader holds any more. */
  trim(): void {
    let slowest = this.#head
    for (const reader of this.readers) if (reader.released < slowest) slowest = reader.released
    if (slowest === this.#tail) return
    for (; this.#tail < slowest; this.#tail++) {
      const slot = this.#tail & this.#mask
      this.#bytes -= this.#slots[slot]!.sizeBytes
      this.#slots[slot] = undefined
    }
    this.roomMade()
  }

  get tail(): number {
    return this.#tail
  }

  /** There may be room now: the flush tells those who wait. */
  roomMade(): void {
    if (this.waiting.length === 0) return
    this.waitingNow = this.waitingNow.concat(this.waiting)
    this.waiting = []
    this.wake()
  }

  wake(): void {
    if (this.dirty) return
    this.dirty = true
    this.#notify(this)
  }

  status(): StreamStatus {
    return {
      stream: this.stream,
      readers: this.readers.size,
      head: this.#head,
      held: this.#head - this.#tail,
      heldBytes: this.#bytes,
      limits: this.limits,
      appendedTotal: this.#appended,
      refusedTotal: this.#refused,
    }
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2
    const slots = new Array<Message | undefined>(capacity)
    for (let p = this.#tail; p < this.#head; p++) slots[p & (capacity - 1)] = this.#slots[p & this.#mask]
    this.#slots = slots
    this.#mask = capacity - 1
  }
}

class RingReader implements JournalReader {
  readonly #ring: Ring
  #position: number
  released: number
  callback: (() => void) | undefined
  #closed = false

  constructor(ring: Ring, position: number) {
    this.#ring = ring
    this.#position = position
    this.released = position
  }

  get stream(): string {
    return this.#ring.stream
  }

  get position(): number {
    return this.#position
  }

  get lag(): number {
    return this.#closed ? 0 : this.#ring.head - this.#position
  }

  read(most: number): readonly Message[] {
    if (this.#closed) return NO_MESSAGES
    const messages = this.#ring.read(this.#position, most)
    this.#position += messages.length
    return messages
  }

  release(position: number): void {
    if (this.#closed || position <= this.released) return
    const heldUpTheRing = this.released === this.#ring.tail
    this.released = Math.min(position, this.#ring.head)
    if (this.#position < this.released) this.#position = this.released
    if (heldUpTheRing) this.#ring.trim()
  }

  onData(callback: () => void): void {
    if (this.#closed) return
    this.callback = callback
    if (this.lag > 0) this.#ring.wake()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.callback = undefined
    this.#ring.readers.delete(this)
    this.#ring.trim()
  }
}
