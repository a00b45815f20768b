// Bound expressions, and plans made of them, in; texts out that are equal when they mean the same: places, aliases and
// numbers given to calls do not show. For telling whether something has changed, not for reading.

import { createHash } from 'node:crypto'
import type { AliasDefinition } from './bound.ts'

/** Where something stands, how it prints, and the numbers that analysis gives it. */
const OF_NO_MEANING: ReadonlySet<string> = new Set(['span', 'nameSpan', 'slot', 'text', 'clause', 'uses'])
/** An alias may stand in many places, each of them in another alias: what is longer stands for itself by its hash. */
const LONGEST_ALIAS = 200

/** @param value plain data: bound trees, plan steps, lists and maps of them */
export function canonical(value: unknown, aliases: Map<AliasDefinition, string> = new Map()): string {
  switch (typeof value) {
    case 'undefined':
      return '-'
    case 'bigint':
      return `${value}n`
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'object':
      return value === null ? 'null' : objectText(value, aliases)
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    default:
      throw new Error(`a plan holds a ${typeof value}`)
  }
}

function objectText(value: object, aliases: Map<AliasDefinition, string>): string {
  if (Array.isArray(value)) return `[${value.map(item => canonical(item, aliases)).join(',')}]`
  if (value instanceof Map || value instanceof Set) return `<${canonical([...value], aliases)}>`
  const object = value as Readonly<Record<string, unknown>>
  if (object['kind'] === 'alias') return aliasText(object['alias'] as AliasDefinition, aliases)
  // A function of the registry: its name says all.
  if ('family' in object) return `${String(object['kind'])} ${String(object['name'])}`
  const entries = Object.entries(object)
    .filter(([name, item]) => item !== undefined && !isWithoutMeaning(name, item))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item, aliases)}`).join(',')}}`
}

/** `index` is the number of an aggregate, and an expression where an array is indexed. */
function isWithoutMeaning(name: string, item: unknown): boolean {
  return OF_NO_MEANING.has(name) || (name === 'index' && typeof item === 'number')
}

function aliasText(alias: AliasDefinition, aliases: Map<AliasDefinition, string>): string {
  const known = aliases.get(alias)
  if (known !== undefined) return known
  const text = canonical(alias.expression, aliases)
  const short = text.length <= LONGEST_ALIAS ? text : `#${createHash('sha256').update(text).digest('hex')}`
  aliases.set(alias, short)
  return short
}
