// What is said of a TIMESTAMP by the declared type of its column, and that it is so.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepareSelect } from '../../src/compiler/prepare.ts'
import { errorLine } from '../../src/core/errors.ts'
import { FileText } from '../../src/core/location.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { SqlRun, streamsOf } from '../support/rules.ts'

const SQL = 'SELECT event_time() AS t, ts FROM s'

for (const [type, value, isWarned] of [
  ['BIGINT', 5n, false],
  ['FLOAT', 5, false],
  ['STRING', '1970-01-01T00:00:00.005Z', false],
  ['DATETIME', '1970-01-01T00:00:00.005Z', false],
  ['BOOLEAN', true, true],
  ['BYTEA', Uint8Array.of(5), true],
  ['ARRAY(BIGINT)', [5n], true],
  ['STRUCT(a BIGINT)', { a: 5n }, true],
] as const satisfies readonly (readonly [string, Value, boolean])[]) {
  test(`a time of ${type} ${isWarned ? 'can never be read, and is warned of in event time' : 'can be read'}`, () => {
    const streams = streamsOf(`CREATE STREAM s (ts ${type}) WITH (TYPE="httppush", TIMESTAMP="ts")`)
    const said = (isEventTime: boolean) =>
      prepareSelect(new FileText('r.sql', SQL), streams, isEventTime).analyzed.cautions.map(errorLine)
    assert.deepEqual(said(false), [])
    const warning = `r.sql:1:35 SQL_TYPE The TIMESTAMP of "s" is its column ts, and no ${type} can be read as a time. Every row that holds one fails. Declare the column as BIGINT (ms since 1970), STRING or DATETIME, or name another.`
    assert.deepEqual(said(true), isWarned ? [warning] : [])
    const run = new SqlRun(SQL, { streams, isEventTime: true, lateToleranceMs: 0 }).push({ ts: value })
    if (isWarned) assert.match(String(run.results), /^timestamp field ts: cannot read /)
    else assert.deepEqual((run.results[0] as readonly Values[])[0]?.['t'], 5n)
  })
}
