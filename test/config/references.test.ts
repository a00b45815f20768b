import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkReferences, makeLookUp, makeProperties, resolveReferences } from '../../src/config/references.ts'

const nowhere = () => ({ path: 'a.yaml', line: 3, column: 4 })

test('references are replaced anywhere in texts, secrets from files without their last line break', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-')), 'secret')
  writeFileSync(file, 'p4ss\n')
  const value = {
    url: 'mqtt://${env:HOST}:1883',
    list: ['${env:HOST}', 5],
    password: `\${file:${file}}`,
    plain: '$5 ${x}',
  }
  assert.deepEqual(resolveReferences(value, makeLookUp({ HOST: 'broker' })), {
    url: 'mqtt://broker:1883',
    list: ['broker', 5],
    password: 'p4ss',
    plain: '$5 ${x}',
  })
  assert.equal(resolveReferences('$${env:HOST}', makeLookUp({})), '${env:HOST}')
})

test('a value without references is given back as it is', () => {
  const value = { a: [1, 'x'] }
  assert.equal(resolveReferences(value, makeLookUp({})), value)
})

test('a reference that cannot be resolved says which and where', () => {
  const cases: [string, RegExp][] = [
    ['${env:NONE}', /variable "NONE" is not set/],
    ['${env:toString}', /variable "toString" is not set/],
    ['${file:/no/such/file}', /"\/no\/such\/file" does not exist/],
    ['${file:relative}', /must be absolute/],
    ['${file:/tmp}', /is not a file/],
  ]
  for (const [text, what] of cases) {
    const { errors } = checkReferences({ a: text }, makeLookUp({}), nowhere)
    assert.equal(errors[0]?.code, 'CONFIG_REFERENCE')
    assert.equal(errors[0]?.location?.line, 3)
    assert.match(errors[0]!.what, what)
    assert.throws(() => resolveReferences(text, makeLookUp({})), { code: 'CONFIG_REFERENCE' })
  }
})

test('a rotated secret changes the fingerprint, and nothing else does', () => {
  const print = (value: unknown, env: Record<string, string>) =>
    checkReferences(value, makeLookUp(env), nowhere).fingerprint
  const value = { a: 'x${env:S}' }
  assert.equal(print({ a: 'x' }, {}), '')
  assert.equal(print(value, { S: '1' }), print(value, { S: '1', T: '2' }))
  assert.notEqual(print(value, { S: '1' }), print(value, { S: '2' }))
  assert.doesNotMatch(print(value, { S: 'geheim' }), /geheim/)
})

test('properties come from SLUICE_PROPS_ before KUIPER_PROPS_, in any case', () => {
  const property = makeProperties({ KUIPER_PROPS_SITE: 'k', SLUICE_PROPS_SITE: 's', KUIPER_PROPS_OLD: 'o' })
  assert.equal(property('site'), 's')
  assert.equal(property('Old'), 'o')
  assert.equal(property('none'), undefined)
})
