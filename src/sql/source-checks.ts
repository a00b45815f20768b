// The sources of a statement in, out what is wrong with reading them together, or by their own time (spec/sql.md 4.1,
// spec/windows-and-time.md 1 and 4).

import type { UserError } from '../core/errors.ts'
import { type FieldType, typeText } from '../core/schema.ts'
import type { SelectStatement } from './ast.ts'
import type { BoundSource } from './bound.ts'
import type { Fault, SourceResolver } from './scope.ts'

export interface SourceCheck {
  readonly statement: SelectStatement
  readonly sources: readonly BoundSource[]
  readonly resolver: SourceResolver
  readonly fault: Fault
  readonly caution: (warning: UserError) => void
}

/** @throws {UserError} */
export function checkSources({ statement, sources, fault }: SourceCheck): void {
  const from = sources[0]!
  if (from.kind === 'table') {
    throw fault.error('SQL_JOIN', from.span, `"${from.name}" is a table, and a rule must read a stream.`, {
      why: from.isLookup
        ? 'A lookup table sends nothing: it is asked for the rows of a stream.'
        : 'Rows that arrive for a table cause no output by themselves.',
      fix: streamFirst(statement, sources) ?? 'Name a stream in FROM and JOIN the table.',
    })
  }
  const second = sources.slice(1).find(s => s.kind === 'stream')
  if (!second || statement.window) return
  throw fault.error(
    'SQL_JOIN',
    second.span,
    `Joining the streams "${from.name}" and "${second.name}" needs a window.`,
    {
      why: 'Two endless streams can only be joined piece by piece.',
      fix: 'Add GROUP BY TUMBLINGWINDOW(ss, 10), or another window.',
    },
  )
}

/** The same join with its stream in FROM; undefined where that takes more than turning it round. */
function streamFirst({ joins }: SelectStatement, [table, stream]: readonly BoundSource[]): string | undefined {
  const [join, another] = joins
  if (!join || another || stream?.kind !== 'stream' || (table!.isLookup && join.kind !== 'inner')) return undefined
  const turned = { left: 'RIGHT', right: 'LEFT', inner: 'INNER', full: 'FULL', cross: 'CROSS' }[join.kind]
  return `The stream stands first: FROM ${stream.name} ${turned} JOIN ${table!.name}.`
}

/**
 * Of a rule that runs on event time.
 * @throws {UserError}
 */
export function checkEventTime(check: SourceCheck, mayCount: boolean): void {
  for (const source of check.sources) if (!source.isLookup) checkTimestamp(source, check)
  const { window } = check.statement
  if (window?.shape.kind !== 'count' || mayCount) return
  throw check.fault.error('SQL_WINDOW', window.span, 'A count window cannot run on event time.', {
    fix: 'Use a window of time, or set the option planOptimizeStrategy.enableIncrementalWindow to true: then rows are counted in the order of their times.',
  })
}

/** No value that fits them is an instant, whatever TIMESTAMP_FORMAT says. */
const TIMELESS: ReadonlySet<FieldType['kind']> = new Set(['boolean', 'bytea', 'array', 'struct'])

function checkTimestamp({ name, span, columns }: BoundSource, { resolver, fault, caution }: SourceCheck): void {
  const timestamp = resolver.find(name)?.timestamp
  if (timestamp === undefined) {
    throw fault.error('SQL_WINDOW', span, `"${name}" has no TIMESTAMP option, but the rule runs on event time.`, {
      fix: 'Name the column that carries the time in the WITH clause: TIMESTAMP="ts".',
    })
  }
  const type = columns?.get(timestamp)
  if (!type || !TIMELESS.has(type.kind)) return
  const what = `The TIMESTAMP of "${name}" is its column ${timestamp}, and no ${typeText(type)} can be read as a time.`
  caution(
    fault.error('SQL_TYPE', span, what, {
      why: 'Every row that holds one fails.',
      fix: 'Declare the column as BIGINT (ms since 1970), STRING or DATETIME, or name another.',
    }),
  )
}
