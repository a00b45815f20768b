import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { patternProblem } from '../../src/core/topic.ts'
import { TopicHub } from '../../src/sources/topic-hub.ts'

describe('topics inside the process', () => {
  const cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
    ['a/b', ['a/b'], ['a', 'a/b/c', 'A/b', 'a/']],
    ['a/+', ['a/b', 'a/'], ['a', 'a/b/c']],
    ['+/b', ['a/b', '/b'], ['b', 'a/b/c']],
    ['+', ['a', ''], ['a/b']],
    ['a/#', ['a', 'a/b', 'a/b/c'], ['ab', 'b/a']],
    ['#', ['a', 'a/b', ''], []],
    ['a/+/c/#', ['a/b/c', 'a/b/c/d/e'], ['a/c', 'a/b/d']],
    ['constructor', ['constructor'], ['toString']],
  ]
  for (const [pattern, matching, others] of cases) {
    it(`${pattern} matches ${matching.map(t => JSON.stringify(t)).join(', ')} and not ${others.join(', ')}`, () => {
      const hub = new TopicHub()
      const seen: unknown[] = []
      hub.subscribe(pattern, (_, meta) => void seen.push(meta?.['topic']))
      for (const topic of [...matching, ...others]) hub.publish(topic, [])
      assert.deepEqual(seen, matching)
    })
  }

  it('shares the rows and says nothing when all took them at once', () => {
    const hub = new TopicHub()
    const rows = [{ a: 1 }]
    const seen: unknown[] = []
    hub.subscribe('t', given => void seen.push(given))
    hub.subscribe('#', given => void seen.push(given))
    assert.equal(hub.publish('t', rows), undefined)
    assert.equal(seen.length, 2)
    assert.ok(seen.every(given => given === rows))
    assert.equal(hub.publish('nobody', rows), undefined)
  })

  it('waits for the slowest subscriber', async () => {
    const hub = new TopicHub()
    const releases: (() => void)[] = []
    for (let i = 0; i < 2; i++) hub.subscribe('t', () => new Promise(resolve => releases.push(resolve)))
    let isDone = false
    const published = Promise.resolve(hub.publish('t', [])).then(() => {
      isDone = true
    })
    releases[0]!()
    await Promise.resolve()
    assert.equal(isDone, false)
    releases[1]!()
    await published
  })

  it('hands rows to the others when one subscriber fails, then tells the publisher', async () => {
    const hub = new TopicHub()
    const seen: string[] = []
    hub.subscribe('t', () => {
      throw new Error('first')
    })
    const stop = hub.subscribe('t', () => void seen.push('second'))
    assert.throws(() => hub.publish('t', []), /first/)
    hub.subscribe('t', async () => void seen.push('third'))
    await assert.rejects(async () => hub.publish('t', []), /first/)
    assert.deepEqual(seen, ['second', 'second', 'third'])
    stop()
    stop()
  })

  it('ends a subscription, also while it is called', () => {
    const hub = new TopicHub()
    let count = 0
    const stopFirst = hub.subscribe('t', () => {
      count++
      stopFirst()
    })
    hub.subscribe('t', () => void count++)
    hub.publish('t', [])
    hub.publish('t', [])
    assert.equal(count, 3)
  })

  it('knows patterns that cannot be', () => {
    assert.deepEqual(['a/b', '+/+', '#', 'a/#'].map(patternProblem), [undefined, undefined, undefined, undefined])
    for (const pattern of ['', 'a/#/b', 'a+', 'a/b#']) assert.notEqual(patternProblem(pattern), undefined, pattern)
  })
})
