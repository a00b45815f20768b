// Two lists of emissions in, the first difference in words out: which emission, which row, which column.

import { type Cell, isArray, isStruct, type Value } from '../core/value.ts'
import { comparable, type Expected, sameRows, sameValue, unmatched } from './compare.ts'

const LONGEST_ROW = 160
const LONGEST_VALUE = 60
const MOST_ROWS = 5

/**
 * Compares emission by emission.
 * @param unordered rows within an emission may come in any order
 * @returns what differs, in lines; undefined when nothing does
 */
export function differences(
  actual: readonly Expected[],
  expected: readonly Expected[],
  unordered: boolean,
): string | undefined {
  const { got, want } = comparable(actual, expected)
  const length = Math.max(got.length, want.length)
  for (let i = 0; i < length; i++) {
    const [g, w] = [got[i], want[i]]
    if (g && w && sameRows(g, w, unordered)) continue
    const lines = [`emission ${i + 1}`, ...emissionLines(g, w, unordered)]
    if (got.length !== want.length) lines.push(`${count(want.length, 'emission')} expected, ${got.length} came`)
    return `${lines[0]}: ${lines.slice(1).join('\n')}`
  }
  return undefined
}

function emissionLines(got: Expected | undefined, want: Expected | undefined, unordered: boolean): string[] {
  if (!got) return ['expected, but there is none', ...rowList('-', want!)]
  if (!want) return ['not expected', ...rowList('+', got)]
  if (!unordered && got.length === want.length) return rowByRow(got, want)
  const { missing, extra } = unmatched(got, want)
  const order = missing.length + extra.length === 0
  if (order) return ['the rows come in another order', ...rowList('-', want), ...rowList('+', got)]
  const size =
    got.length === want.length ? 'the rows differ' : `${count(want.length, 'row')} expected, ${got.length} came`
  return [`${size} (- expected, + got)`, ...rowList('-', missing), ...rowList('+', extra)]
}

function rowByRow(got: Expected, want: Expected): string[] {
  const differing = want.flatMap((row, i) => (sameValue(got[i], row) ? [] : [i]))
  const first = differing[0]!
  const lines = want.length === 1 ? ['the row differs'] : [`row ${first + 1} of ${want.length} differs`]
  if (differing.length > 1) lines[0] = `${differing.length} of ${want.length} rows differ, first row ${first + 1}`
  return [
    lines[0]!,
    `- expected ${show(want[first], LONGEST_ROW)}`,
    `+ got      ${show(got[first], LONGEST_ROW)}`,
    ...columns(got[first]!, want[first]!),
  ]
}

/** For wide rows: a person should not have to look for the column. */
function columns(got: Expected[number], want: Expected[number]): string[] {
  const names = [...new Set([...Object.keys(want), ...Object.keys(got)])]
  const differing = names.filter(name => !sameValue(own(got, name), own(want, name)))
  if (names.length === 1) return []
  const lines = differing.slice(0, MOST_ROWS).map(name => {
    const [g, w] = [own(got, name), own(want, name)]
    if (g === undefined) return `  ${name}: expected ${show(w, LONGEST_VALUE)}, but the column is missing`
    if (w === undefined) return `  ${name}: ${show(g, LONGEST_VALUE)} was not expected`
    return `  ${name}: expected ${show(w, LONGEST_VALUE)}, got ${show(g, LONGEST_VALUE)}`
  })
  return differing.length > MOST_ROWS ? [...lines, `  and ${differing.length - MOST_ROWS} more columns`] : lines
}

function own(row: Expected[number], name: string): Cell {
  return Object.hasOwn(row, name) ? row[name] : undefined
}

function rowList(sign: '-' | '+', rows: Expected): string[] {
  if (rows.length === 0) return []
  const lines = rows.slice(0, MOST_ROWS).map(row => `${sign} ${show(row, LONGEST_ROW)}`)
  return rows.length > MOST_ROWS ? [...lines, `${sign} and ${rows.length - MOST_ROWS} more`] : lines
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`
}

/** A value as JSON, cut in the middle of nowhere when it is long. */
export function show(value: Cell, longest: number = LONGEST_ROW): string {
  return brief(write(value), longest)
}

export function brief(text: string, longest: number = LONGEST_ROW): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}

/** Keys in their own order, BIGINT digits exact, and numbers that JSON cannot say by their name. */
function write(value: Cell): string {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (isArray(value)) return `[${value.map(write).join(',')}]`
  if (!isStruct(value)) return JSON.stringify(value) ?? 'nothing'
  const entries = Object.entries(value as { readonly [name: string]: Value })
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${write(item)}`).join(',')}}`
}
