// Which streams of a rule are silent, and since when: arrivals and the passing of processing time in, idle streams out.

/** When a stream was last heard, ms since 1970 UTC. */
export type Heard = readonly (readonly [source: number, at: number])[]

export class StreamSilence {
  readonly #sources: readonly number[]
  readonly #timeoutMs: number
  /** by source: when its last row arrived, or else when the rule started */
  readonly #heardAt: number[] = []
  readonly #idle = new Set<number>()
  /** no stream can become idle before this; arrivals leave it alone, so that they move no timer */
  #lookAt: number

  /**
   * @param timeoutMs a stream that was not heard for so long is idle; Infinity: none ever is
   * @param startMs when the rule started: streams that have not spoken are silent since then
   */
  constructor(sources: readonly number[], timeoutMs: number, startMs: number) {
    this.#sources = sources
    this.#timeoutMs = timeoutMs
    for (const source of sources) this.#heardAt[source] = startMs
    this.#lookAt = startMs + timeoutMs
  }

  get idleCount(): number {
    return this.#idle.size
  }

  isIdle(source: number): boolean {
    return this.#idle.size > 0 && this.#idle.has(source)
  }

  heardAt(source: number): number {
    return this.#heardAt[source]!
  }

  /** A row of the stream arrived. */
  hear(source: number, at: number): void {
    this.#heardAt[source] = at
    if (this.#idle.size > 0 && this.#idle.delete(source)) this.#lookAt = Math.min(this.#lookAt, at + this.#timeoutMs)
  }

  /** The next instant at which `pass` may find a stream idle. */
  nextDue(): number | undefined {
    return this.#lookAt === Number.POSITIVE_INFINITY ? undefined : this.#lookAt
  }

  /**
   * Processing time has come to `time`.
   * @param isRead false for a stream that nobody listens to at present: it cannot be told to be silent
   * @returns whether some stream became idle
   */
  pass(time: number, isRead: (source: number) => boolean): boolean {
    if (time < this.#lookAt) return false
    const before = this.#idle.size
    let next = Number.POSITIVE_INFINITY
    for (const source of this.#sources) {
      if (this.#idle.has(source)) continue
      if (!isRead(source)) this.#heardAt[source] = time
      const due = this.#heardAt[source]! + this.#timeoutMs
      if (due <= time) this.#idle.add(source)
      else next = Math.min(next, due)
    }
    this.#lookAt = next
    return this.#idle.size > before
  }

  snapshot(): Heard {
    return this.#sources.map(source => [source, this.#heardAt[source]!])
  }

  /** @param nowMs processing time of the snapshot: who was idle then is so still */
  restore(heard: Heard, nowMs: number): void {
    for (const [source, at] of heard) if (this.#sources.includes(source)) this.#heardAt[source] = at
    this.#lookAt = Number.NEGATIVE_INFINITY
    this.pass(nowMs, () => true)
  }
}
