// The units that windows are written in (spec/windows-and-time.md 2).

export const TIME_UNITS = ['DD', 'HH', 'MI', 'SS', 'MS'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

/** What a unit is as a length. Day windows align on midnights all the same, see operators/alignment.ts. */
export const UNIT_MS: Readonly<Record<TimeUnit, number>> = {
  DD: 86_400_000,
  HH: 3_600_000,
  MI: 60_000,
  SS: 1000,
  MS: 1,
}

const UNIT_TEXT: Readonly<Record<TimeUnit, string>> = { DD: 'd', HH: 'h', MI: 'min', SS: 's', MS: 'ms' }

/** A length for people: `10 s`, `90 min`, `2 d`, in the largest unit that it is a whole number of. */
export function lengthText(ms: number): string {
  for (const unit of TIME_UNITS) {
    if (ms !== 0 && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]} ${UNIT_TEXT[unit]}`
  }
  return `${ms} ms`
}
