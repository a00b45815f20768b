// Which types of lookup tables there are.

import type { LookupKind } from './lookup.ts'
import { memoryLookup } from './memory.ts'
import { redisLookup } from './redis.ts'
import { sqlLookup } from './sql.ts'

const KINDS: readonly LookupKind[] = [memoryLookup, redisLookup, sqlLookup]

const byType: ReadonlyMap<string, LookupKind> = new Map(KINDS.map(kind => [kind.type, kind]))

export function lookupKinds(): readonly LookupKind[] {
  return KINDS
}

/** The kind of this TYPE (case-sensitive); undefined: there is none. */
export function lookupKind(type: string): LookupKind | undefined {
  return byType.get(type)
}
