// Durations: integers and text like `10s` or `1h30m` in, milliseconds out, and back (spec/windows-and-time.md 14).

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy

/** About 292 years, as far as a signed 64-bit count of nanoseconds reaches. */
const LONGEST_MS = 2 ** 63 / 1e6

/**
 * @param value an integer is ms; text is a sign and one or more numbers with a unit, as Go writes durations:
 *   `500ms`, `1h30m`, `-15m`, `1.5h`; a bare `0` needs no unit
 * @returns milliseconds, with a fraction for `us` and `ns`; undefined when it is no duration
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value === 'bigint') return parseDuration(Number(value))
  if (typeof value !== 'string') return undefined
  const sign = value[0] === '-' || value[0] === '+' ? value[0] : ''
  const body = value.slice(sign.length)
  if (body === '0') return 0
  if (body === '' || body.length > 100) return undefined
  let ms = 0
  let end = 0
  PART.lastIndex = 0
  for (let part = PART.exec(body); part; part = PART.exec(body)) {
    ms += Number(part[1]) * UNITS_MS[part[2]!]!
    end = PART.lastIndex
  }
  if (end !== body.length || ms > LONGEST_MS) return undefined
  // Adding 0 keeps `-0s` from becoming minus zero; nanoseconds are the finest grain, so float dust below them goes.
  const rounded = Number.isInteger(ms) ? ms : Math.round(ms * 1e6) / 1e6
  return sign === '-' ? 0 - rounded : rounded
}

/** The shortest text that parseDuration reads back: `10s`, `1h30m`, `1.5ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  let rest = Math.abs(ms)
  let text = ms < 0 ? '-' : ''
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return rest > 0 ? `${text}${smallPart(rest)}` : text
}

/** About how long, for people: whole seconds from one second on, whole minutes from one hour on. */
export function spanText(ms: number): string {
  const grain = ms < 1000 ? 1 : ms < 3_600_000 ? 1000 : 60_000
  return formatDuration(Math.round(ms / grain) * grain)
}

/** Less than a second: in ms, or in the finer unit that needs no fraction. */
function smallPart(ms: number): string {
  if (Number.isInteger(ms)) return `${ms}ms`
  const nanos = Math.round(ms * 1e6)
  return nanos % 1000 === 0 ? `${nanos / 1000}us` : `${nanos}ns`
}
