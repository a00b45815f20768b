import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { RuleOptions } from '../../src/catalog/definition.ts'
import { DEFAULT_RULE_OPTIONS } from '../../src/config/rule-options.ts'
import { UserError } from '../../src/core/errors.ts'
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

/** An object whose column cannot be read stands for what nobody thought of. */
function trap(): { a: number } {
  return Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('the trap')
    },
  }) as { a: number }
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

  test('its first run begins where it starts, and not where it was defined', async () => {
    const sql = 'SELECT sum(a) AS n, window_start() AS f, rule_start() AS s FROM s GROUP BY TUMBLINGWINDOW(ss, 10)'
    const run = new EngineRun(STREAMS, SIX - MINUTE).apply([['r', sql, { options: daily() }]])
    await run.moveTo(SIX)
    assert.deepEqual(run.of('r'), [])
    await run.moveTo(SIX + 10_000)
    assert.deepEqual(run.of('r'), [{ f: BigInt(SIX), s: BigInt(SIX) }])
  })

  test('a window that is due at the very end still closes, though the end has its turn first', async () => {
    const run = new EngineRun(STREAMS, SIX)
    const at = run.clock.at.bind(run.clock)
    // As after a stall, when timers give way to each other: the schedule's is the first that is set.
    let timers = 0
    run.clock.at = (...timer) => (timers++ === 0 ? at(...timer) : () => {})
    run.apply([['r', 'SELECT count(*) AS n FROM s GROUP BY TUMBLINGWINDOW(mi, 10)', { options: daily() }]])
    run.append('s', { a: 1 })
    await turns()
    await run.moveTo(SIX + 10 * MINUTE)
    assert.deepEqual(run.of('r'), [{ n: 1n }])
  })

  test('its last counters stay in the status while it waits, with what it finished after the end', async () => {
    const run = new EngineRun(STREAMS, SIX).apply([['r', 'SELECT a FROM s', { options: daily() }]])
    run.append('s', { a: 1 })
    run.clock.advanceTo(SIX + 10 * MINUTE)
    await turns()
    const status = run.engine.rules.get('r')!.status()
    assert.equal(status['source_s_0_records_in_total'], 1)
    assert.equal(status['source_s_0_connection_status'], -1)
    assert.equal(status['lastStopTimestamp'], SIX + 10 * MINUTE)
  })

  /** A topic that takes a message only when it is told to. */
  function slowTopic(run: EngineRun): { readonly taken: unknown[]; take(): void } {
    const taken: unknown[] = []
    const waiting: (() => void)[] = []
    run.topics.subscribe('slow', rows => {
      taken.push(...rows)
      return new Promise<void>(resolve => waiting.push(resolve))
    })
    return { taken, take: () => waiting.shift()?.() }
  }
  const SLOW = { actions: [['memory', { topic: 'slow' }]], options: { ...daily(), bufferLength: 1 } } as const

  test('what it has not worked on when its time is over is worked on although the process ends', async () => {
    const run = new EngineRun(STREAMS, SIX).apply([['r', 'SELECT a FROM s', SLOW]])
    const { taken, take } = slowTopic(run)
    for (let a = 1; a <= 5; a++) run.append('s', { a })
    await run.moveTo(SIX + 10 * MINUTE)
    assert.ok(taken.length < 5)
    const stopped = run.engine.stop(5000)
    for (let i = 0; i < 10; i++) {
      take()
      await turns()
    }
    await stopped
    assert.deepEqual(taken, [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }, { a: 5 }])
    assert.deepEqual(
      run.lines.filter(line => line.level === 'error'),
      [],
    )
  })

  test('what it could not work on is said to be lost', async () => {
    const run = new EngineRun(STREAMS, SIX).apply([['r', 'SELECT a FROM s', SLOW]])
    slowTopic(run)
    for (let a = 1; a <= 5; a++) run.append('s', { a })
    await run.moveTo(SIX + 10 * MINUTE)
    await run.engine.stop(10)
    const lost = run.lines.filter(line => line.msg.startsWith('messages that were taken for the rule are lost'))
    assert.deepEqual(
      lost.map(({ rule, messages }) => [rule, messages]),
      [['r', 3]],
    )
  })

  for (const next of ['run', 'version']) {
    test(`what a run still finishes may fail without harm to the next ${next}`, async () => {
      const schedule = { cron: '* * * * *', durationMs: MINUTE - 1000, ranges: [] }
      const restart = { ...DEFAULT_RULE_OPTIONS.restart, attempts: 3, delayMs: 2000, jitterFactor: 0 }
      const run = new EngineRun(STREAMS, SIX)
      run.apply([['r', 'SELECT a FROM s', { ...SLOW, options: { ...SLOW.options, schedule, restart } }]])
      const { take } = slowTopic(run)
      for (let a = 1; a <= 4; a++) run.append('s', { a })
      run.append('s', trap())
      await run.moveTo(SIX + MINUTE - 1000)
      if (next === 'version') run.apply([['r', 'SELECT a AS b FROM s']])
      await run.moveTo(SIX + MINUTE)
      const current = run.runner('r')
      for (let i = 0; i < 10; i++) {
        take()
        await turns()
      }
      assert.ok(run.lines.some(line => line.msg.includes('the trap')))
      await run.moveTo(SIX + MINUTE + 10_000)
      assert.equal(run.runner('r'), current)
      assert.equal(current.state, 'running')
      assert.equal(run.journal.status().find(({ stream }) => stream === 's')!.readers, 1)
    })
  }

  test('a secret that is gone when it is to start stops it, until it is there again', async () => {
    const restart = { ...DEFAULT_RULE_OPTIONS.restart, attempts: 1, delayMs: 1000, jitterFactor: 0 }
    const run = new EngineRun(STREAMS, SIX - MINUTE)
    run.apply([['r', 'SELECT a FROM s', { options: { ...daily(), restart } }]])
    const { resolve } = run
    run.resolve = () => {
      throw new UserError({ code: 'CONFIG_REFERENCE', what: 'There is no /run/secrets/x.', fix: 'Mount it.' })
    }
    await run.moveTo(SIX)
    assert.equal(state(run)[0], 'stopped by error')
    assert.match(String(state(run)[1]), /no \/run\/secrets\/x/)
    assert.equal(state(run)[2], SIX + 1000)
    await run.moveTo(SIX + 1000)
    assert.equal(state(run)[2], 0, 'given up')
    await run.moveTo(SIX + 10 * MINUTE)
    assert.deepEqual(state(run).slice(0, 1), [WAITING])
    run.resolve = resolve
    await run.moveTo(SIX + 24 * 60 * MINUTE)
    assert.deepEqual(state(run), ['running', '', 0])
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

  test('starts no more when that happens while the engine stops', async () => {
    const run = new EngineRun().apply([['r', 'SELECT a FROM s', { options: { restart: { ...restart, attempts: 2 } } }]])
    run.append('s', trap())
    await run.engine.stop(1000)
    await run.moveTo(10_000)
    assert.equal(run.journal.status().find(({ stream }) => stream === 's')!.readers, 0)
  })
})

test('what a rule held is let go when it is replaced and when its time is over', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const sql = 'SELECT collect(a) AS x FROM s GROUP BY TUMBLINGWINDOW(hh, 1)'
  const run = new EngineRun(STREAMS, SIX)
  const runners: WeakRef<object>[] = []
  let listens = () => {}
  for (const action of ['one', 'two', 'three']) {
    run.apply([['r', sql, { actions: [['memory', { topic: action }]], options: daily() }]])
    run.append('s', { a: 1 })
    await turns()
    runners.push(new WeakRef(run.runner('r')))
    listens = run.runner('r').listen(() => {})
  }
  await run.moveTo(SIX + 10 * MINUTE)
  gc()
  assert.deepEqual(
    runners.map(runner => runner.deref()?.constructor.name),
    [undefined, undefined, undefined],
  )
  assert.equal(state(run)[0], WAITING)
  listens()
})
