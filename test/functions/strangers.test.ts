// Names that are no functions: each says what to write instead, and what it says can be written.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookup } from '../../src/functions/registry.ts'
import { adviceFor, strangerNames } from '../../src/functions/strangers.ts'

test('no stranger has the name of a function', () => {
  assert.deepEqual(
    strangerNames().filter(name => lookup(name) !== undefined),
    [],
  )
})

test('an advice names only functions that exist', () => {
  for (const name of strangerNames()) {
    for (const [, called] of (adviceFor(name).fix ?? '').matchAll(/\b([a-z][a-z0-9_]*)\(/gi)) {
      const known = lookup(called!)?.kind ?? (/^[A-Z]+WINDOW$/.test(called!) ? 'window' : 'unknown')
      assert.notEqual(known, 'unknown', `${name}: ${called}`)
      assert.notEqual(known, 'refused', `${name}: ${called}`)
    }
  }
})

test('a function of a plug-in is said to be one, in any case', () => {
  assert.match(adviceFor('tfLite').why ?? '', /plug-in/)
  assert.match(adviceFor('geohashNeighbors').why ?? '', /plug-in/)
})

test('a name like no other has no fix, a misspelt one the nearest', () => {
  assert.deepEqual(adviceFor('myOwnModel'), { why: 'Functions of plug-ins, services and scripts do not run here.' })
  assert.match(adviceFor('agv').fix ?? '', /"avg"/)
  assert.equal(adviceFor('constructor').fix, undefined)
})
