import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { makePrinter } from '../../../src/cli/report/printer.ts'
import { Printed } from '../../testing/support.ts'

test('a report waits for a slow reader, so that it is never held as a whole', async () => {
  const pipe = new PassThrough({ highWaterMark: 4 })
  const printer = makePrinter(pipe, new Printed())
  let isWritten = false
  const written = printer.out('more than four bytes').then(() => {
    isWritten = true
  })
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(isWritten, false)
  assert.equal(String(pipe.read()), 'more than four bytes')
  await written
})

test('a reader that went away ends the writing, not the program', async () => {
  const pipe = new PassThrough({ highWaterMark: 4 })
  const printer = makePrinter(pipe, new Printed())
  const written = printer.out('more than four bytes')
  pipe.destroy(new Error('EPIPE'))
  await new Promise(resolve => pipe.on('close', resolve))
  await written
  await printer.out('and more')
})
