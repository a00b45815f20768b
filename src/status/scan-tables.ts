// A rule in, the rows that its scan tables hold out, as eKuiper lists them (spec/rules-and-sinks.md 9).

import { writeJson } from '../core/json.ts'
import type { EngineRule } from '../runtime/engine.ts'

/**
 * `[{"emitter":"devices","content":{…}}]`, oldest rows first. JSON as sinks write it: integers that a double cannot
 * hold come out as they are.
 * @returns undefined with the reason when there is nothing to list
 */
export function scanTablesAnswer({ runner }: EngineRule): { readonly body?: string; readonly reason?: string } {
  if (runner?.state !== 'running') return { reason: 'the rule does not run' }
  const tables = runner.tables()
  if (tables.length === 0) return { reason: 'the rule joins no scan table' }
  const items = tables.flatMap(({ name, rows }) =>
    rows.map(row => `{"emitter":${JSON.stringify(name)},"content":${writeJson(row.values)}}`),
  )
  if (items.length === 0) return { reason: 'its scan tables hold no rows' }
  return { body: `[${items.join(',')}]` }
}
