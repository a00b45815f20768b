import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAMILIES } from '../../src/functions/definition.ts'
import { allFunctions, lookup } from '../../src/functions/registry.ts'

test('names are found in any case, aliases lead to their function', () => {
  assert.equal(lookup('ABS')?.name, 'abs')
  assert.equal(lookup('Ceiling')?.name, 'ceil')
  assert.equal(lookup('pow')?.name, 'power')
  assert.equal(lookup('no_such'), undefined)
  assert.equal(lookup('constructor'), undefined)
  for (const internal of ['inc_count', 'inc_avg', 'inc_max', 'inc_min', 'inc_sum', 'inc_collect']) {
    assert.equal(lookup(internal), undefined)
  }
})

for (const definition of allFunctions) {
  test(`${definition.name} is described well enough to be checked and printed`, () => {
    assert.match(definition.name, /^[a-z][a-z0-9_]*$/)
    assert.ok(FAMILIES.includes(definition.family))
    assert.match(definition.summary, /\.$/, 'the summary is a sentence')
    assert.notEqual(definition.returns, '')
    assert.ok(definition.examples.length > 0, 'no examples')
    for (const example of definition.examples) {
      const words = [definition.name, ...(definition.aliases ?? [])]
      assert.ok(
        words.some(word => example.sql.toLowerCase().includes(`${word}(`)),
        `${example.sql} does not call it`,
      )
      assert.equal(Number('result' in example) + Number('error' in example), 1, example.sql)
      assert.ok(!(example.row && example.rows), example.sql)
    }
    const { parameters } = definition
    assert.equal(new Set(parameters.map(p => p.name)).size, parameters.length)
    parameters.forEach((parameter, i) => {
      if (parameter.variadic) assert.equal(i, parameters.length - 1)
      if (parameter.optional) assert.ok(parameters.slice(i).every(p => p.optional || p.variadic))
    })
    if (definition.kind === 'scalar') assert.ok(Boolean(definition.call) !== Boolean(definition.callWith))
    if (definition.kind === 'refused') assert.match(definition.why, /\.$/)
  })
}
