import assert from 'node:assert/strict'
import { it } from 'node:test'
import { makeAgent } from '../../src/sinks/rest-agent.ts'
import { startServer } from '../services/http-server.ts'

it('a guarded agent checks the address it is connected to, whatever the text of the URL was', async t => {
  const server = await startServer()
  t.after(() => server.close())
  const guarded = await makeAgent({}, '/', true)
  t.after(() => guarded.destroy())
  for (const host of ['127.0.0.1', 'localhost']) {
    const request = guarded.request({ origin: `http://${host}:${server.port}`, path: '/', method: 'GET' })
    await assert.rejects(request, { name: 'PrivateAddressError' }, host)
  }
  assert.equal(server.received.length, 0)

  const open = await makeAgent({}, '/', false)
  t.after(() => open.destroy())
  const answer = await open.request({ origin: server.url, path: '/', method: 'GET' })
  assert.equal(await answer.body.text(), 'ok')
})
