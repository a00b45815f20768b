import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const SCRIPT = join(import.meta.dirname, '..', '..', 'bin', 'demo-devices.ts')

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', text => (stdout += text))
  child.stderr.on('data', text => (stderr += text))
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

/** A listener that keeps the bodies it gets. */
async function listen(t: TestContext, answer: (response: ServerResponse, count: number) => void) {
  const bodies: Record<string, unknown>[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    bodies.push(JSON.parse(text))
    answer(response, bodies.length)
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/data` }
}

test('every device pushes at its rate, and the run ends by itself', async t => {
  const { bodies, url } = await listen(t, response => response.end('ok'))
  const { code, stdout } = await run('--url', url, '--devices', '4', '--rate', '5', '--seconds', '1')
  assert.equal(code, 0)
  assert.deepEqual([...new Set(bodies.map(body => body['deviceId']))].sort(), [
    'device-01',
    'device-02',
    'device-03',
    'device-04',
  ])
  assert.ok(bodies.length >= 10 && bodies.length <= 24, `${bodies.length} readings`)
  for (const body of bodies) {
    assert.deepEqual(Object.keys(body), ['deviceId', 'temperature', 'humidity'])
    assert.equal(typeof body['temperature'], 'number')
  }
  assert.match(stdout, new RegExp(`${bodies.length} accepted, 0 asked to wait`))
})

test('a device that is told to come back later stays silent for that long', async t => {
  const { bodies, url } = await listen(t, (response, count) => {
    if (count > 1) return response.end('ok')
    return response.writeHead(503, { 'retry-after': '60' }).end()
  })
  const { code, stdout } = await run('--url', url, '--devices', '1', '--rate', '20', '--seconds', '1')
  assert.equal(bodies.length, 1)
  assert.match(stdout, /0 accepted, 1 asked to wait/)
  assert.equal(code, 1)
})

test('when nothing listens it says so and ends with 1', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/api/data`
  closed.close()
  await once(closed, 'close')
  const { code, stderr } = await run('--url', url, '--seconds', '5')
  assert.equal(code, 1)
  assert.ok(stderr.startsWith(`Nothing listens at ${url}. Start Sluice first`), stderr)
})

test('a refusal that no waiting mends is shown with the answer', async t => {
  const { url } = await listen(t, response => response.writeHead(404).end('no stream here'))
  const { code, stderr } = await run('--url', url, '--seconds', '5')
  assert.equal(code, 1)
  assert.match(stderr, /answered 404: no stream here/)
})

test('a malformed option ends with 2 and the usage', async () => {
  for (const args of [['--devices', '0'], ['--seconds', 'x'], ['--url', 'localhost'], ['--nonsense']]) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, /Usage: npm run demo:devices/)
  }
})
