// Integers written in other bases: text in, BigInt or text out (conv, hex2dec, cast to bigint).

import { RowError } from '../core/errors.ts'

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const LARGEST = 2n ** 64n - 1n
const LARGEST_SIGNED = 2n ** 63n - 1n
const SMALLEST_SIGNED_SIZE = 2n ** 63n

/**
 * A number rewritten from one base to another, as MySQL's CONV does it.
 * @param from,to 2 to 36, negative for signed numbers
 * @returns upper case; null when a base is out of range
 * @throws {RowError} when the number does not fit unsigned 64 bits
 */
export function convertBase(text: string, from: number, to: number): string | null {
  const fromBase = Math.abs(from)
  const toBase = Math.abs(to)
  if (fromBase < 2 || fromBase > 36 || toBase < 2 || toBase > 36) return null
  const { negative, digits } = validPrefix(text.trim(), fromBase)
  if (digits === '') return '0'
  let size = digitsValue(digits, fromBase)
  if (size > LARGEST) throw new RowError(`BIGINT UNSIGNED value is out of range in '${digits}'`)
  if (from < 0) size = minimum(size, negative ? SMALLEST_SIGNED_SIZE : LARGEST_SIGNED)
  const bits = BigInt.asUintN(64, negative ? -size : size)
  const signed = BigInt.asIntN(64, bits)
  return (to < 0 ? signed : bits).toString(toBase).toUpperCase()
}

function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function validPrefix(text: string, base: number): { negative: boolean; digits: string } {
  const signed = text.startsWith('-') || text.startsWith('+')
  let end = signed ? 1 : 0
  while (end < text.length && isDigit(text.charAt(end), base)) end++
  return { negative: text.startsWith('-'), digits: text.slice(signed ? 1 : 0, end) }
}

function isDigit(character: string, base: number): boolean {
  const value = DIGITS.indexOf(character.toLowerCase())
  return value >= 0 && value < base
}

function digitsValue(digits: string, base: number): bigint {
  let value = 0n
  for (const digit of digits.toLowerCase()) {
    value = value * BigInt(base) + BigInt(DIGITS.indexOf(digit))
    // No longer number comes back into range: a megabyte of digits need not be multiplied out.
    if (value > LARGEST) return value
  }
  return value
}

/** Digits with an optional sign in one base, as a 64-bit integer; undefined when they are not or do not fit. */
export function parseInteger(text: string, base: number): bigint | undefined {
  const negative = text.startsWith('-')
  const digits = negative || text.startsWith('+') ? text.slice(1) : text
  if (digits === '') return undefined
  for (const digit of digits) if (!isDigit(digit, base)) return undefined
  const size = digitsValue(digits, base)
  const value = negative ? -size : size
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** `12`, `0x1F`, `0b101`, `0o17`, `017`: the base is in the prefix (spec/sql.md 3.5). */
export function parsePrefixedInteger(text: string): bigint | undefined {
  const sign = text.startsWith('-') || text.startsWith('+') ? text.charAt(0) : ''
  const body = text.slice(sign.length)
  const marks: Readonly<Record<string, number>> = { '0x': 16, '0b': 2, '0o': 8 }
  const base = marks[body.slice(0, 2).toLowerCase()]
  if (base !== undefined) return unsigned(body.slice(2), sign, base)
  if (body.length > 1 && body.startsWith('0')) return unsigned(body.slice(1), sign, 8)
  return unsigned(body, sign, 10)
}

function unsigned(digits: string, sign: string, base: number): bigint | undefined {
  return digits.startsWith('-') || digits.startsWith('+') ? undefined : parseInteger(sign + digits, base)
}
