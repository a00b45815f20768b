import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkArguments } from '../../src/functions/check.ts'
import type { Argument } from '../../src/functions/definition.ts'
import { lookup } from '../../src/functions/registry.ts'

const literal = (value: bigint | number | string | boolean): Argument => ({ form: 'literal', value })
const column = (name = 'a'): Argument => ({ form: 'column', name })
const wildcard: Argument = { form: 'wildcard' }
const other: Argument = { form: 'other' }

interface Case {
  readonly name: string
  readonly call: string
  readonly args: readonly Argument[]
  /** absent: accepted */
  readonly wrong?: RegExp
}

const cases: readonly Case[] = [
  { name: 'too many', call: 'abs', args: [literal(1n), literal(2n)], wrong: /^Expect 1 argument but found 2\.$/ },
  { name: 'too few', call: 'changed_col', args: [literal(true)], wrong: /^Expect 2 arguments but found 1\.$/ },
  { name: 'none for a variadic one', call: 'concat', args: [], wrong: /^Expect at least 1 argument but found 0\.$/ },
  { name: 'many for a variadic one', call: 'concat', args: [column(), column(), literal('x')] },
  {
    name: 'past an optional one',
    call: 'round',
    args: [column(), column(), column()],
    wrong: /Expect 1 or 2 arguments/,
  },
  {
    name: 'text for a number',
    call: 'abs',
    args: [literal('x')],
    wrong: /Expect number - float or int type for parameter 1/,
  },
  { name: 'a boolean for a number', call: 'sin', args: [literal(true)], wrong: /Expect number/ },
  { name: 'an int for a number', call: 'sin', args: [literal(1n)] },
  {
    name: 'a float for an int',
    call: 'bitand',
    args: [literal(1.5), column()],
    wrong: /Expect int type for parameter 1/,
  },
  { name: 'text for an int', call: 'bitand', args: [column(), literal('1')], wrong: /Expect int type for parameter 2/ },
  { name: 'a number for text', call: 'trim', args: [literal(1n)], wrong: /Expect string type for parameter 1/ },
  {
    name: 'a boolean further on',
    call: 'concat',
    args: [literal('a'), literal(true)],
    wrong: /string type for parameter 2/,
  },
  { name: 'columns of any type', call: 'concat', args: [column(), other] },
  { name: 'a literal for a datetime', call: 'to_seconds', args: [literal(1n)], wrong: /Expect datetime type/ },
  { name: 'a literal for an array', call: 'unnest', args: [literal('x')], wrong: /Expect array type/ },
  { name: 'text for a boolean', call: 'deduplicate', args: [column(), literal('x')], wrong: /Expect boolean type/ },
  {
    name: 'a column where a literal must stand',
    call: 'cast',
    args: [column(), column()],
    wrong: /Expect a literal string/,
  },
  { name: 'an unknown cast', call: 'cast', args: [column(), literal('int')], wrong: /one of bigint, float/ },
  { name: 'a star where it may stand', call: 'count', args: [wildcard] },
  { name: 'a star in a variadic place', call: 'had_changed', args: [literal(true), wildcard] },
  { name: 'a star where it may not', call: 'sum', args: [wildcard], wrong: /\* cannot stand for parameter 1/ },
  { name: 'a text for a column', call: 'meta', args: [literal('topic')], wrong: /Expect a column reference/ },
  { name: 'a key mqtt does not know', call: 'mqtt', args: [column('qos')], wrong: /only topic or messageid/ },
  { name: 'a key mqtt knows', call: 'mqtt', args: [column('messageid')] },
  { name: 'a negative index', call: 'split_value', args: [column(), literal('/'), literal(-1n)], wrong: /negative/ },
  { name: 'a pattern RE2 lacks, which is warned of', call: 'regexp_matches', args: [column(), literal('(?=a)')] },
  { name: 'a begin without a reset', call: 'acc_sum', args: [column(), column()], wrong: /Expect 1 or 3 arguments/ },
  { name: 'a negative offset', call: 'lag', args: [column(), literal(-1n)], wrong: /offset should be 0/ },
  { name: 'another encoding', call: 'encode', args: [column(), literal('hex')], wrong: /base64/ },
  { name: 'a float for chr', call: 'chr', args: [literal(65.5)], wrong: /string or int/ },
  { name: 'too many decimals', call: 'format', args: [column(), literal(101n)], wrong: /0 to 100/ },
]

for (const { name, call, args, wrong } of cases) {
  test(`${call}: ${name} is ${wrong ? 'refused' : 'accepted'}`, () => {
    const problem = checkArguments(lookup(call)!, args)
    if (wrong) assert.match(problem ?? 'accepted', wrong)
    else assert.equal(problem, undefined)
  })
}
