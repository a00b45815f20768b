// Names of zones in, IANA names, offsets and abbreviations out.

import { rememberByText } from './remember.ts'

/** IANA names are letters first; Temporal alone would take offsets and whole timestamps for a zone too. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]*$/

/**
 * The zone that a configuration or an argument names.
 * @param name an IANA name (case does not matter), `UTC`, or `Local`: the zone of the process
 * @returns the IANA name, or undefined when there is no such zone
 */
export function parseZone(name: string): string | undefined {
  if (name === 'UTC') return name
  if (name.toLowerCase() === 'local') return Temporal.Now.timeZoneId()
  return lookUp(name)
}

const lookUp = rememberByText(name => {
  if (!ZONE_NAME.test(name)) return undefined
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId
  } catch {
    return undefined
  }
})

/** Abbreviations that mean one offset wherever they are written, in minutes; RFC 822 fixes the American ones. */
const OFFSETS_MIN: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UT: 0,
  Z: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  SAST: 120,
  HKT: 480,
  AWST: 480,
  JST: 540,
  KST: 540,
  ACST: 570,
  ACDT: 630,
  AEST: 600,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
}

/** What ICU has no English abbreviation for although people use one. */
const LOCAL_NAMES: Readonly<Record<string, string>> = {
  'Asia/Shanghai': 'CST',
  'Asia/Taipei': 'CST',
  'Asia/Macau': 'CST',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Tokyo': 'JST',
  'Asia/Seoul': 'KST',
  'Asia/Karachi': 'PKT',
  'Asia/Jakarta': 'WIB',
  'Europe/Moscow': 'MSK',
  'Africa/Lagos': 'WAT',
  'Africa/Nairobi': 'EAT',
}

/** ICU abbreviates a zone only in the locales of people who live there. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'] as const
/** by zone and offset, of which the world has some thousands */
const abbreviations = new Map<string, string>()

/** `CET`, `EST`, `UTC`; where a zone has no name of its own, its offset as `+08` or `+0545`. */
export function zoneAbbreviation(value: Temporal.ZonedDateTime): string {
  const zone = value.timeZoneId
  const key = `${zone} ${value.offsetNanoseconds}`
  const known = abbreviations.get(key)
  if (known !== undefined) return known
  const name = findAbbreviation(zone, value)
  abbreviations.set(key, name)
  return name
}

function findAbbreviation(zone: string, value: Temporal.ZonedDateTime): string {
  if (zone === 'UTC') return 'UTC'
  for (const locale of LOCALES) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' })
    const name = format.formatToParts(value.epochMilliseconds).find(part => part.type === 'timeZoneName')?.value
    if (name !== undefined && /^[A-Z]{2,5}$/.test(name)) return name
  }
  const offset = value.offset.slice(0, 6).replace(':', '')
  return LOCAL_NAMES[zone] ?? (offset.endsWith('00') ? offset.slice(0, 3) : offset)
}

/**
 * The offset that an abbreviation in a text stands for: first as the zone in force itself writes it (`CST` is China's in
 * Asia/Shanghai), then as everyone does. An unknown one has no offset: a guess would be wrong by hours.
 * @returns minutes east of Greenwich, or undefined
 */
export function offsetOfAbbreviation(name: string, zone: string, year: number): number | undefined {
  for (const month of [1, 7]) {
    const value = new Temporal.PlainDateTime(year, month, 1).toZonedDateTime(zone)
    if (zoneAbbreviation(value) === name) return Math.trunc(value.offsetNanoseconds / 60e9)
  }
  const relative = /^(?:GMT|UTC)([+-]\d{1,2})$/.exec(name)
  if (relative) return Number(relative[1]) * 60
  return Object.hasOwn(OFFSETS_MIN, name) ? OFFSETS_MIN[name] : undefined
}
