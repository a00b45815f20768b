import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RuleOptions } from '../../src/catalog/definition.ts'
import { DEFAULT_RULE_OPTIONS } from '../../src/config/rule-options.ts'
import type { RuleStatus } from '../../src/runtime/rule-status.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { STREAMS } from '../support/rules.ts'

const MINUTE = 60_000
/** six hours after midnight, UTC */
const SIX = 6 * 60 * MINUTE
const WAITING = 'stopped: waiting for next schedule.'

function daily(): Partial<RuleOptions> {
  return { schedule: { cron: '0 6 * * *', durationMs: 10 * MINUTE, ranges: [] } }
}

function state(run: EngineRun): unknown[] {
  const status = run.engine.rules.get('r')!.status()
  return ['status', 'message', 'nextStartTimestamp'].map(key => status[key as keyof RuleStatus])
}

describe('a rule with a schedule', () => {
  test('runs only when it is its time, and only then are its streams open', async () => {
    const run = new EngineRun(STREAMS, SIX - MINUTE).apply([['r', 'SELECT a FROM s', { options: daily() }]])
    assert.deepEqual(state(run), [WAITING, '', SIX])
    assert.equal(run.endpoints.length, 0)
    assert.equal(run.append('s', { a: 0 }), 'closed')

    await run.moveTo(SIX)
    assert.deepEqual(state(run), ['running', '', 0])
    assert.equal(run.endpoints.length, 1)
    run.append('s', { a: 1 })
    await run.moveTo(SIX + 10 * MINUTE - 1)
    run.append('s', { a: 2 })
    // The end comes before the rule had a look at it.
    run.clock.advanceTo(SIX + 10 * MINUTE)
    await turns()
    assert.deepEqual(run.of('r'), [{ a: 1 }, { a: 2 }], 'what was taken for it before the end is worked on')
    assert.deepEqual(state(run), [WAITING, 'schedule terminated', SIX + 24 * 60 * MINUTE])
    assert.equal(run.endpoints.length, 0)
    assert.equal(run.append('s', { a: 3 }), 'closed')

    await run.moveTo(SIX + 24 * 60 * MINUTE)
    run.append('s', { a: 4 })
    await turns()
    assert.deepEqual(run.of('r').at(-1), { a: 4 })
  })

  test('each run begins with empty windows', async () => {
    const sql = 'SELECT count(*) AS n FROM s GROUP BY COUNTWINDOW(2)'
    const run = new EngineRun(STREAMS, SIX).apply([['r', sql, { options: daily() }]])
    run.append('s', { a: 1 })
    await turns()
    await run.moveTo(SIX + 10 * MINUTE)
    await run.moveTo(SIX + 24 * 60 * MINUTE)
    run.append('s', { a: 2 })
    await turns()
    assert.deepEqual(run.of('r'), [])
  })

  test('its last counters stay in the status while it waits', async () => {
    const run = new EngineRun(STREAMS, SIX).apply([['r', 'SELECT a FROM s', { options: daily() }]])
    run.append('s', { a: 1 })
    await turns()
    await run.moveTo(SIX + 10 * MINUTE)
    const status = run.engine.rules.get('r')!.status()
    assert.equal(status['source_s_0_records_in_total'], 1)
    assert.equal(status['lastStopTimestamp'], SIX + 10 * MINUTE)
  })

  test('a duration alone runs once', async () => {
    const options = { schedule: { cron: undefined, durationMs: MINUTE, ranges: [] } }
    const run = new EngineRun().apply([['r', 'SELECT a FROM s', { options }]])
    assert.deepEqual(state(run), ['running', '', 0])
    await run.moveTo(MINUTE)
    assert.deepEqual(state(run), ['stopped', 'duration terminated', 0])
    await run.moveTo(100 * MINUTE)
    assert.deepEqual(state(run), ['stopped', 'duration terminated', 0])
  })

  test('a rule that is replaced or deleted leaves no schedule behind', async () => {
    const run = new EngineRun(STREAMS, SIX - MINUTE).apply([['r', 'SELECT a FROM s', { options: daily() }]])
    run.apply([['r', 'SELECT a AS b FROM s']])
    run.append('s', { a: 1 })
    await turns()
    run.apply([], ['r'])
    await run.moveTo(SIX + MINUTE)
    assert.deepEqual(run.of('r'), [{ b: 1 }])
    assert.equal(run.endpoints.length, 0)
  })

  test('a window is handed over when only the schedule changes while it runs', async () => {
    const sql = 'SELECT count(*) AS n FROM s GROUP BY TUMBLINGWINDOW(ss, 10)'
    const run = new EngineRun(STREAMS, SIX).apply([['r', sql, { options: daily() }]])
    run.append('s', { a: 1 })
    await turns()
    run.apply([['r', sql]])
    await run.moveTo(SIX + 10_000)
    assert.deepEqual(run.of('r'), [{ n: 1n }])
  })

  test('nothing starts any more once the engine stops', async () => {
    const run = new EngineRun(STREAMS, SIX - MINUTE).apply([['r', 'SELECT a FROM s', { options: daily() }]])
    await run.engine.stop(1000)
    await run.moveTo(SIX)
    assert.equal(run.engine.rules.get('r')!.runner, undefined)
  })
})

describe('a rule that a fault of the program hits', () => {
  const restart = { ...DEFAULT_RULE_OPTIONS.restart, delayMs: 1000, jitterFactor: 0 }
  /** An object whose column cannot be read stands for what nobody thought of. */
  const trap = () =>
    Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('the trap')
      },
    }) as { a: number }

  test('goes on with the next row when it has no restart strategy', async () => {
    const run = new EngineRun().apply([['r', 'SELECT a FROM s']])
    run.append('s', trap())
    run.append('s', { a: 2 })
    await turns()
    assert.deepEqual(run.of('r'), [{ a: 2 }])
    assert.equal(state(run)[0], 'running')
  })

  test('with one it is stopped, started again after the wait, and given up after so many attempts', async () => {
    const options = { restart: { ...restart, attempts: 2 } }
    const run = new EngineRun().apply([['r', 'SELECT a FROM s', { options }]])
    run.append('s', trap())
    await turns()
    assert.deepEqual(state(run), ['stopped by error', 'the trap', 1000])
    assert.equal(run.endpoints.length, 0)

    await run.moveTo(1000)
    assert.equal(state(run)[0], 'running')
    run.append('s', { a: 1 })
    await turns()
    assert.deepEqual(run.of('r'), [{ a: 1 }])

    run.append('s', trap())
    await turns()
    assert.deepEqual(state(run), ['stopped by error', 'the trap', 3000])
    await run.moveTo(3000)
    run.append('s', trap())
    await turns()
    assert.deepEqual(state(run), ['stopped by error', 'the trap', 0])
    await run.moveTo(1_000_000)
    assert.equal(state(run)[0], 'stopped by error')
    const said = run.lines.filter(line => line.msg.startsWith('the rule is stopped by an error'))
    assert.equal(said.length, 3)
  })
})
