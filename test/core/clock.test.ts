import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { doneWithin, ManualClock, SystemClock, type TimeSource } from '../../src/core/clock.ts'

/** A machine whose clocks move when they are told to, and whose event loop may stall. */
class Machine implements TimeSource {
  wallMs = 1_700_000_000_000
  monotonicMs = 0
  readonly timers: { due: number; fire: () => void }[] = []
  readonly immediates: (() => void)[] = []
  /** most timers that were set at one time */
  mostTimers = 0

  wall(): number {
    return this.wallMs
  }

  monotonic(): number {
    return this.monotonicMs
  }

  after(ms: number, fire: () => void): () => void {
    const timer = { due: this.monotonicMs + ms, fire }
    this.timers.push(timer)
    this.mostTimers = Math.max(this.mostTimers, this.timers.length)
    return () => {
      const at = this.timers.indexOf(timer)
      if (at >= 0) this.timers.splice(at, 1)
    }
  }

  soon(fire: () => void): () => void {
    this.immediates.push(fire)
    return () => this.immediates.splice(this.immediates.indexOf(fire), 1)
  }

  /** Time passes without anything being done. */
  stall(ms: number): void {
    this.wallMs += ms
    this.monotonicMs += ms
  }

  /** One turn of the event loop. */
  turn(): void {
    for (const timer of this.timers.splice(0)) {
      if (timer.due <= this.monotonicMs) timer.fire()
      else this.timers.push(timer)
    }
    for (const immediate of this.immediates.splice(0)) immediate()
  }

  run(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.stall(1)
      this.turn()
    }
  }
}

describe('the system clock', () => {
  test('fires at the instant that was asked for, and never before', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    const fired: number[] = []
    const start = clock.now()
    for (const ms of [30, 10, 20, 3000]) clock.at(start + ms, () => fired.push(clock.now() - start))
    machine.run(5000)
    assert.deepEqual(fired, [10, 20, 30, 3000])
  })

  test('has one timer of the machine for all who wait', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    let fired = 0
    for (let i = 0; i < 1000; i++) clock.at(clock.now() + 1 + (i % 50), () => fired++)
    machine.run(60)
    assert.equal(fired, 1000)
    assert.equal(machine.mostTimers, 1)
    assert.equal(machine.timers.length, 0, 'nobody waits, so nothing keeps the process alive')
  })

  test('after a stall everything that was due fires, in the order of its due times', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    const start = clock.now()
    const fired: string[] = []
    clock.at(start + 20, () => {
      fired.push('b')
      clock.at(start + 25, () => fired.push('b and on'))
    })
    clock.at(start + 10, () => fired.push('a'))
    clock.at(start + 30, () => fired.push('c'))
    machine.stall(10_000)
    machine.turn()
    assert.deepEqual(fired, ['a', 'b', 'b and on', 'c'])
  })

  test('many that are due at once give way to what else waits', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    let fired = 0
    for (let i = 0; i < 100; i++) {
      clock.at(clock.now() + 10, () => {
        fired++
        machine.stall(1)
      })
    }
    machine.stall(10)
    machine.turn()
    assert.ok(fired > 0 && fired < 20, `${fired} in one turn`)
    for (let i = 0; i < 40; i++) machine.turn()
    assert.equal(fired, 100)
  })

  test('one that throws does not keep the others from firing', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    let fired = false
    clock.at(clock.now() + 5, () => {
      throw new Error('mine alone')
    })
    clock.at(clock.now() + 6, () => {
      fired = true
    })
    assert.throws(() => machine.run(10), /mine alone/)
    machine.run(10)
    assert.ok(fired)
  })

  test('what is cancelled does not fire, and cancelling twice or late is harmless', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    const fired: string[] = []
    const cancel = clock.at(clock.now() + 10, () => fired.push('cancelled'))
    const late = clock.at(clock.now() + 5, () => fired.push('fired'))
    cancel()
    cancel()
    machine.run(20)
    late()
    clock.at(clock.now() + 5, () => fired.push('still works'))
    machine.run(20)
    assert.deepEqual(fired, ['fired', 'still works'])
  })

  test('a timer that is put off again and again leaves nothing behind', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    let fired = 0
    let cancel = () => {}
    for (let i = 0; i < 10_000; i++) {
      cancel()
      cancel = clock.at(clock.now() + 1000 + i, () => fired++)
    }
    machine.run(20_000)
    assert.equal(fired, 1)
  })

  test('a wall clock that is put forward is noticed within a second', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    let fired = false
    clock.at(clock.now() + 3_600_000, () => {
      fired = true
    })
    machine.run(100)
    machine.wallMs += 3_600_000
    machine.run(1000)
    assert.ok(fired)
  })

  test('a wall clock that is put back holds no timer up for longer than twice its time, and time never goes back', () => {
    const machine = new Machine()
    const clock = new SystemClock(machine)
    const start = clock.now()
    const ticks: number[] = []
    const tick = (n: number) =>
      clock.at(start + n * 1000, () => {
        ticks.push(machine.monotonicMs)
        tick(n + 1)
      })
    tick(1)
    machine.run(1500)
    machine.wallMs -= 10_000
    let last = clock.now()
    for (let i = 0; i < 30_000; i++) {
      machine.run(1)
      const now = clock.now()
      assert.ok(now >= last)
      last = now
    }
    assert.equal(clock.now(), machine.wallMs, 'both are the same again')
    const gaps = ticks.slice(1).map((t, i) => t - ticks[i]!)
    assert.ok(Math.max(...gaps) <= 2010, `${Math.max(...gaps)} ms without a tick of 1 s`)
  })
})

test('a manual clock fires in the order of due times, ties in the order in which they were set, each seeing its own', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 30 }), fc.array(fc.nat(30), { maxLength: 5 }), (dues, moves) => {
      const clock = new ManualClock()
      const fired: [number, number][] = []
      dues.forEach((due, i) => {
        clock.at(due, () => {
          assert.equal(clock.now(), due)
          fired.push([due, i])
        })
      })
      let last = -1
      for (const move of moves.toSorted((a, b) => a - b)) {
        clock.advanceTo(move)
        last = move
      }
      const expected = dues.map((due, i): [number, number] => [due, i]).filter(([due]) => due <= last)
      assert.deepEqual(
        fired,
        expected.sort((a, b) => a[0] - b[0]),
      )
    }),
  )
})

test('something is waited for until the clock says that it was long enough, and no longer', async () => {
  const clock = new ManualClock()
  const { promise, resolve } = Promise.withResolvers<void>()
  const early = doneWithin(clock, 10, promise)
  clock.advanceTo(9)
  resolve()
  assert.equal(await early, true)
  const late = doneWithin(clock, 10, new Promise(() => {}))
  clock.advanceTo(19)
  assert.equal(await late, false)
  await assert.rejects(doneWithin(clock, 10, Promise.reject(new Error('its own'))), /its own/)
})
