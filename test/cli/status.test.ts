import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { runStatus } from '../../src/cli/status.ts'
import { FILES, HOT, openRig, until } from '../status/support.ts'
import { Collector } from './support.ts'

async function status(url: string, json = false): Promise<{ code: number; out: string; err: string }> {
  const out = new Collector()
  const err = new Collector()
  const code = await runStatus({ url, json, out, err })
  return { code, out: out.text, err: err.text }
}

test('a good instance gives a headline, a table and exit code 0', async () => {
  await using rig = await openRig(FILES)
  const { code, out, err } = await status(rig.url)
  assert.equal(code, 0)
  assert.equal(err, '')
  const [headline, revision, empty, ...table] = out.split('\n')
  assert.equal(headline, `sluice 1.2.3 at ${rig.url}, up 1m30s: ready`)
  assert.match(revision!, /^revision [0-9a-f]{12}, push open at http:\/\/127\.0\.0\.1:\d+, not watching$/)
  assert.equal(empty, '')
  assert.deepEqual(table, [
    'KIND    NAME     STATE    FILE               MESSAGE',
    'stream  sensors  defined  streams/all.sql:2',
    'table   names    defined  streams/all.sql:4',
    'rule    hot      running  rules/hot.yaml:2',
    '',
  ])
})

test('a rule that waits for its schedule is no fault, and its row says when it runs next', async () => {
  const daily = `${HOT}options: {cron: "0 6 * * *", duration: 10m}\n`
  await using rig = await openRig({ ...FILES, 'rules/hot.yaml': daily })
  rig.clock.advanceTo(rig.clock.now() + 600_000)
  const { code, out } = await status(rig.url)
  assert.equal(code, 0)
  assert.match(out, /^rule +hot +stopped: waiting for next schedule\. .* next run at 2033-05-18T06:00:00\.000Z$/m)
})

test('a broken file gives its error in its row and exit code 1', async () => {
  await using rig = await openRig(FILES)
  await rig.edit({ 'rules/hot.yaml': HOT.replace('temperature >', 'temprature >') })
  const { code, out } = await status(rig.url)
  assert.equal(code, 1)
  assert.match(
    out,
    /^rule {4}hot {6}failed {3}rules\/hot\.yaml:6 +rules\/hot\.yaml:6:\d+ SQL_UNKNOWN_COLUMN .*"temperature"\?/m,
  )
  assert.match(out, /^revision [0-9a-f]{12}, tried [0-9a-f]{12},/m)
  assert.ok(!out.includes('Errors:'), 'the error stands in the table already')
})

test('an error that belongs to no object is printed below the table, and is exit code 1', async () => {
  await using rig = await openRig({ ...FILES, 'streams/odd.sql': 'CREATE GARBAGE' })
  const { code, out } = await status(rig.url)
  assert.equal(code, 1)
  assert.match(out, /^Errors:\n {2}streams\/odd\.sql:1:\d+ SQL_SYNTAX /m)
})

test('an instance that is not ready is exit code 1 although all objects are', async () => {
  await using rig = await openRig(FILES)
  rig.stopping = true
  const { code, out } = await status(rig.url)
  assert.equal(code, 1)
  assert.match(out, /: not ready \(shutdown: stopping\)$/m)
})

test('--json prints the document', async () => {
  await using rig = await openRig(FILES)
  const { code, out } = await status(rig.url, true)
  assert.equal(code, 0)
  assert.deepEqual(
    JSON.parse(out).objects.map((object: any) => object.name),
    ['hot', 'sensors', 'names'],
  )
})

test('where nothing listens it says so and exits with 1', async () => {
  await using rig = await openRig({})
  await rig.server.stop()
  const { code, out, err } = await status(rig.url)
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.match(err, /^sluice status: Nothing listens at http:\/\/127\.0\.0\.1:\d+\. Is "sluice run" running/)
})

test('another program at the address is told from an instance', async () => {
  const other = createServer((_req, res) => res.end('<html>'))
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { code, err } = await status(`http://127.0.0.1:${(other.address() as { port: number }).port}`)
  assert.equal(code, 1)
  assert.match(err, /not with the status of a Sluice/)
  other.close()
  other.closeAllConnections()
})

test('watching prints again when something has changed, and ends with the signal', async () => {
  await using rig = await openRig(FILES)
  const out = new Collector()
  const abort = new AbortController()
  const { clock } = rig
  let looks = 0
  const counted = {
    now: () => clock.now(),
    at(at: number, fire: () => void) {
      looks++
      return clock.at(at, fire)
    },
  }
  const done = runStatus({ url: rig.url, json: false, watch: true, signal: abort.signal, out, clock: counted })
  await until(() => looks === 1, 'the first look')
  clock.advanceTo(clock.now() + 2000)
  await until(() => looks === 2, 'the second look')
  assert.equal(out.text.match(/^KIND/gm)?.length, 1)
  await rig.edit({ 'rules/hot.yaml': HOT + 'triggered: false\n' })
  clock.advanceTo(clock.now() + 2000)
  await until(() => looks === 3, 'the third look')
  assert.equal(out.text.match(/^KIND/gm)?.length, 2)
  assert.match(out.text, /^rule +hot +stopped .*triggered: false$/m)
  abort.abort()
  assert.equal(await done, 0)
})
