// A number as text with a fixed number of decimals, plain or as a country writes it.

import { RowError } from '../core/errors.ts'
import type { Value } from '../core/value.ts'
import { finite, floatOf } from './arguments.ts'

/**
 * @param decimals 0 to 100
 * @param locale language and country, `de_DE`; undefined: no grouping, English point
 * @returns null for NaN and infinities
 */
export function formatNumber(value: Value, decimals: number, locale?: string): string | null {
  if (!(decimals >= 0 && decimals <= 100)) throw new RowError(`the number of decimals should be 0 to 100`)
  if (finite(floatOf(value)) === null) return null
  const plain = fixedDecimals(value, decimals)
  if (locale === undefined) return plain
  // The newest locale data writes the Swiss separator as a plain apostrophe; everyone else still expects this one.
  return formatFor(locale, decimals)
    .format(plain as Intl.StringNumericLiteral)
    .replaceAll("'", '’')
}

function fixedDecimals(value: Value, decimals: number): string {
  if (typeof value === 'bigint') return value.toString() + (decimals === 0 ? '' : `.${'0'.repeat(decimals)}`)
  const number = floatOf(value)
  // toFixed gives up digits from here on; such a double is an integer.
  if (Math.abs(number) >= 1e21) return fixedDecimals(BigInt(number), decimals)
  const rounded = number.toFixed(decimals)
  return isTie(number, decimals) ? evenNeighbour(number, rounded, decimals) : rounded
}

/** Whether the double lies exactly between two texts of so many decimals. */
function isTie(number: number, decimals: number): boolean {
  // A tie has one decimal more than asked for, and being a double it has them exactly.
  if (decimals >= 60) return false
  const exact = number.toFixed(decimals + 40)
  return /^50*$/.test(exact.slice(exact.length - 40))
}

/** toFixed takes the larger neighbour of a tie; ties go to the even one. */
function evenNeighbour(number: number, rounded: string, decimals: number): string {
  if (Number(rounded.at(-1)) % 2 === 0) return rounded
  const exact = Math.abs(number)
    .toFixed(decimals + 1)
    .slice(0, -1)
  const smaller = exact.endsWith('.') ? exact.slice(0, -1) : exact
  return number < 0 ? `-${smaller}` : smaller
}

/** A locale is a literal, so there are few; decimals are bounded. */
const formats = new Map<string, Intl.NumberFormat>()
const MOST_FORMATS = 200

function formatFor(locale: string, decimals: number): Intl.NumberFormat {
  const key = `${locale} ${decimals}`
  const known = formats.get(key)
  if (known) return known
  const tag = locale.replace('_', '-')
  if (!/^[A-Za-z]{2,3}-[A-Za-z]{2}$/.test(tag) || Intl.NumberFormat.supportedLocalesOf(tag).length === 0) {
    throw new RowError(`not support for the specific locale:${locale}`)
  }
  if (formats.size >= MOST_FORMATS) formats.clear()
  const made = new Intl.NumberFormat(tag, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  formats.set(key, made)
  return made
}
