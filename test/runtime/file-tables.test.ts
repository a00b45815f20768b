// Tables of TYPE="file" in a running engine: rules find their rows when they start, and new ones without a restart.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { errorLine } from '../../src/core/errors.ts'
import { EngineRun, turns } from '../support/engine.ts'
import { streamsOf } from '../support/rules.ts'

const STREAM = 'CREATE STREAM s () WITH (TYPE="httppush")'
const TABLE = 'CREATE TABLE k () WITH (DATASOURCE="k.json")'
const STREAMS = streamsOf(STREAM, TABLE)
const JOIN = 'SELECT s.id AS id, k.name AS name FROM s LEFT JOIN k ON s.id = k.id'
const COUNTED = 'SELECT count(*) AS n, max(k.f) AS f FROM s INNER JOIN k ON s.id = k.id GROUP BY COUNTWINDOW(3)'

class Place {
  readonly dir: string
  readonly run: EngineRun

  constructor(dir: string, streams = STREAMS) {
    this.dir = dir
    this.run = new EngineRun(streams, 0, dir)
  }

  static async of(t: TestContext, content: unknown, streams = STREAMS): Promise<Place> {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-tables-'))
    const place = new Place(dir, streams)
    t.after(async () => {
      await place.run.engine.stop(1000)
      await rm(dir, { recursive: true, force: true })
    })
    await mkdir(join(dir, 'data'))
    if (content !== undefined) await place.write(content)
    return place
  }

  get file(): string {
    return join(this.dir, 'data', 'k.json')
  }

  async write(content: unknown): Promise<void> {
    await writeFile(`${this.file}.new`, typeof content === 'string' ? content : JSON.stringify(content))
    await rename(`${this.file}.new`, this.file)
  }

  /** What a reconcile does. */
  async apply(...rules: Parameters<EngineRun['apply']>[0]): Promise<void> {
    await this.run.engine.readTables(this.run.streams)
    this.run.apply(rules)
  }

  /** Lets the engine look at its files, until it has logged something about them. */
  async look(logged: (line: string) => boolean): Promise<void> {
    const { run } = this
    const from = run.lines.length
    run.clock.advanceTo(run.clock.now() + 1000)
    for (let i = 0; !run.lines.slice(from).some(({ msg }) => logged(msg)); i++) {
      assert.ok(i < 10_000, 'nothing was logged')
      await turns(1)
    }
  }

  async push(...ids: number[]): Promise<void> {
    for (const id of ids) this.run.append('s', { id })
    await turns()
  }
}

const isRead = (line: string) => line === 'table read'

test('the rows are there before the first row of a stream', async t => {
  const place = await Place.of(t, [{ id: 1, name: 'a' }])
  await place.apply(['r', JOIN])
  await place.push(1, 2)
  assert.deepEqual(place.run.of('r'), [{ id: 1, name: 'a' }, { id: 2 }])
})

test('new content takes the place of the old without a restart, and windows keep their rows', async t => {
  const place = await Place.of(t, [{ id: 1, f: 1 }])
  await place.apply(['r', COUNTED], ['plain', JOIN])
  const { plain, r } = { plain: place.run.runner('plain'), r: place.run.runner('r') }
  await place.push(1, 1)
  await place.write([
    { id: 1, f: 7, name: 'x' },
    { id: 2, f: 8, name: 'y' },
  ])
  await place.look(isRead)
  await place.push(2)
  assert.deepEqual(place.run.of('r'), [{ n: 3n, f: 8 }], 'two rows came before the change')
  assert.deepEqual(place.run.of('plain'), [{ id: 1 }, { id: 1 }, { id: 2, name: 'y' }])
  assert.deepEqual([place.run.runner('plain'), place.run.runner('r')], [plain, r])
})

test('a rule that is replaced, and one that is added, find the rows at once', async t => {
  const place = await Place.of(t, [{ id: 1, name: 'a' }])
  await place.apply(['r', JOIN])
  place.run.append('s', { id: 1 })
  place.run.apply([
    ['r', `${JOIN} WHERE s.id > 0`],
    ['more', JOIN],
  ])
  await place.push(1)
  assert.deepEqual(place.run.of('r'), [
    { id: 1, name: 'a' },
    { id: 1, name: 'a' },
  ])
  assert.deepEqual(place.run.of('more'), [{ id: 1, name: 'a' }])
})

test('rules share the rows of a table', async t => {
  const place = await Place.of(t, [{ id: 1, name: 'a' }])
  await place.apply(['r', JOIN], ['more', COUNTED])
  const [[one], [other]] = [place.run.runner('r').tables(), place.run.runner('more').tables()]
  assert.equal(one!.rows, other!.rows)
  assert.deepEqual(
    one!.rows.map(row => row.values),
    [{ id: 1, name: 'a' }],
  )
})

test('content that is wrong leaves the last good rows, and its fault can be asked for until it is mended', async t => {
  const place = await Place.of(t, [{ id: 1, name: 'a' }])
  await place.apply(['r', JOIN])
  await place.write('[{"id": 1, "name": "b"},\n{"id" 2}]')
  await place.look(line => line.includes('FILE_CONTENT'))
  const fault = place.run.engine.tableFault('k')
  assert.equal(fault?.severity, 'error')
  assert.equal(errorLine(fault.error), 'data/k.json:2:7 FILE_CONTENT Unexpected "2"; expected ":" after the key.')
  assert.equal(fault.since, 1000)
  await place.push(1)
  await place.write([{ id: 1, name: 'c' }])
  await place.look(line => line === 'mended')
  assert.equal(place.run.engine.tableFault('k'), undefined)
  await place.push(1)
  assert.deepEqual(place.run.of('r'), [
    { id: 1, name: 'a' },
    { id: 1, name: 'c' },
  ])
})

test('a file that is not there yet is an empty table with a warning, and one that goes leaves its rows', async t => {
  const place = await Place.of(t, undefined)
  await place.apply(['r', JOIN])
  assert.equal(place.run.engine.tableFault('k')?.severity, 'warning')
  await place.push(1)
  await place.write([{ id: 1, name: 'a' }])
  await place.look(isRead)
  await unlink(place.file)
  await place.look(line => line.includes('does not exist'))
  await place.push(1)
  assert.deepEqual(place.run.of('r'), [{ id: 1 }, { id: 1, name: 'a' }])
})

test('rows beyond RETAIN_SIZE are dropped, the oldest first, with a warning', async t => {
  const streams = streamsOf(STREAM, 'CREATE TABLE k () WITH (DATASOURCE="k.json", RETAIN_SIZE="2")')
  const place = await Place.of(t, [{ id: 1 }, { id: 2, name: 'b' }, { id: 3, name: 'c' }], streams)
  await place.apply(['r', JOIN])
  await place.push(1, 2, 3)
  assert.deepEqual(place.run.of('r'), [{ id: 1 }, { id: 2, name: 'b' }, { id: 3, name: 'c' }])
  const fault = place.run.engine.tableFault('k')!
  assert.equal(fault.severity, 'warning')
  assert.match(errorLine(fault.error), /^data\/k\.json:1:1 FILE_CONTENT The file has 3 rows, .* keeps the last 2/)
})

test('a changed definition reads anew, and the old table is no longer looked at', async t => {
  const place = await Place.of(t, [{ id: 1, name: 'a' }])
  await place.apply(['r', JOIN])
  await writeFile(join(place.dir, 'data', 'other.json'), '[{"id":1,"name":"other"}]')
  const streams = streamsOf(STREAM, 'CREATE TABLE k () WITH (DATASOURCE="other.json")')
  await place.run.engine.readTables(streams)
  place.run.apply([['r', JOIN]], [], streams)
  await place.push(1)
  assert.deepEqual(place.run.of('r'), [{ id: 1, name: 'other' }])
  await place.write('broken')
  await writeFile(join(place.dir, 'data', 'other.json'), '[]')
  await place.look(isRead)
  assert.equal(place.run.engine.tableFault('k'), undefined)
})

test('a stopped engine looks no more', async t => {
  const place = await Place.of(t, [{ id: 1, name: 'a' }])
  await place.apply(['r', JOIN])
  await place.run.engine.stop(1000)
  await place.write('broken')
  const { length } = place.run.lines
  place.run.clock.advanceTo(60_000)
  await turns(50)
  assert.equal(place.run.lines.length, length)
})
