// A lookup table's properties in, what it remembers of its answers out.

import { parseDuration } from '../core/duration.ts'
import type { StreamDefinition } from './definition.ts'

/** `lookup:` in a section of etc/sources/<type>.yaml (spec/windows-and-time.md 12). */
export interface LookupCacheOptions {
  /** default false */
  readonly cache: boolean
  /** 0: for ever */
  readonly cacheTtlMs: number
  /** whether "no match" is remembered, too */
  readonly cacheMissingKey: boolean
}

export function cacheOptionsOf({ properties }: Pick<StreamDefinition, 'properties'>): LookupCacheOptions {
  const { cache, cacheTtl, cacheMissingKey } = (properties['lookup'] ?? {}) as Readonly<Record<string, unknown>>
  return { cache: cache === true, cacheTtlMs: parseDuration(cacheTtl) ?? 0, cacheMissingKey: cacheMissingKey === true }
}
