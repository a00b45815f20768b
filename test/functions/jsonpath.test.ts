import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RowError } from '../../src/core/errors.ts'
import type { Value } from '../../src/core/value.ts'
import { jsonPathFunctions } from '../../src/functions/json-path-functions.ts'
import { compileJsonPath, definite } from '../../src/functions/jsonpath.ts'
import { Functions } from '../support/call-function.ts'

const functions = new Functions(jsonPathFunctions)

/** Goessner's bookshop, and what his lacks. */
const SHOP: Value = {
  store: {
    book: [
      { category: 'reference', author: 'Rees', title: 'Sayings', price: 8.95 },
      { category: 'fiction', author: 'Waugh', title: 'Sword', price: 12.99 },
      { category: 'fiction', author: 'Melville', title: 'Moby Dick', isbn: '0-553', price: 8.99, sold: false },
      { category: 'fiction', author: 'Tolkien', title: 'Lord', isbn: '0-395', price: 22.99, sold: true },
    ],
    bicycle: { color: 'red', price: 19.95 },
  },
  'a.b': 'dotted',
  'it-is': 'dashed',
  größe: 'wide',
  limit: 10n,
  list: [0, 1, 2, 3, 4],
  nothing: null,
  deep: [[1, [2, [3]]]],
}

function query(path: string, value: Value = SHOP): Value {
  const compiled = compileJsonPath(path)
  assert.ok(typeof compiled !== 'string', String(compiled))
  return compiled.query(value)
}

describe('a definite path leads to one value', () => {
  const cases: Record<string, Value> = {
    '$.store.bicycle.color': 'red',
    '$["store"]["bicycle"]["color"]': 'red',
    "$['store'].bicycle['color']": 'red',
    '$.store.book[0].title': 'Sayings',
    '$.store.book[-1].title': 'Lord',
    '$["a.b"]': 'dotted',
    '$.it-is': 'dashed',
    '$.größe': 'wide',
    '$["gr\\u00f6\\u00dfe"]': 'wide',
    '$[ "limit" ]': 10n,
    '$.nothing': null,
    '$.list[4]': 4,
  }
  for (const [path, expected] of Object.entries(cases)) {
    it(path, () => {
      assert.deepStrictEqual(query(path), expected)
      assert.equal(definite(path), true)
    })
  }
  it('$ is the value itself', () => assert.equal(query('$'), SHOP))
})

describe('any other path leads to an array', () => {
  const titles = (...names: string[]) => names
  const cases: Record<string, readonly Value[]> = {
    '$.store.book[*].author': ['Rees', 'Waugh', 'Melville', 'Tolkien'],
    '$.store.*.color': ['red'],
    '$.store.book[*].isbn': ['0-553', '0-395'],
    '$..author': ['Rees', 'Waugh', 'Melville', 'Tolkien'],
    '$..price': [8.95, 12.99, 8.99, 22.99, 19.95],
    '$..book[2].title': ['Moby Dick'],
    '$..[0][1][0]': [2],
    '$.deep..*': [[1, [2, [3]]], 1, [2, [3]], 2, [3], 3],
    '$.list[0,2]': [0, 2],
    '$.list[-1, 0, 9]': [4, 0],
    '$["limit","a.b","zzz"]': [10n, 'dotted'],
    '$.list[1:3]': [1, 2],
    '$.list[:2]': [0, 1],
    '$.list[-2:]': [3, 4],
    '$.list[::2]': [0, 2, 4],
    '$.list[::-1]': [4, 3, 2, 1, 0],
    '$.list[3:0:-2]': [3, 1],
    '$.list[99::-2]': [4, 2, 0],
    '$.list[:-99:-2]': [4, 2, 0],
    '$.list[-99:2]': [0, 1],
    '$.list[ 1 : 99 ]': [1, 2, 3, 4],
    '$.list[5:]': [],
    '$.limit[*]': [],
    '$.zzz.*': [],
    '$.store.book[?(@.isbn)].title': titles('Moby Dick', 'Lord'),
    '$.store.book[?@.sold].title': titles('Lord'),
    '$.store.book[?!@.isbn].title': titles('Sayings', 'Sword'),
    '$.store.book[? @.price>10].title': titles('Sword', 'Lord'),
    '$.store.book[? (@.price>10)].title': titles('Sword', 'Lord'),
    '$.store.book[?(@.price > $.limit)].title': titles('Sword', 'Lord'),
    '$.store.book[?(@.price >= 8.99 && @.price <= 12.99)].title': titles('Sword', 'Moby Dick'),
    '$.store.book[?(@.price < 8.96 || @.author == "Tolkien")].title': titles('Sayings', 'Lord'),
    '$.store.book[?(@.price < 9 && @.isbn || @.price > 20)].title': titles('Moby Dick', 'Lord'),
    '$.store.book[?(@.price < 9 && (@.isbn || @.price > 20))].title': titles('Moby Dick'),
    '$.store.book[?(@.sold == false)].title': titles('Moby Dick'),
    '$.store.book[?(@.sold != true)].title': titles('Moby Dick'),
    '$.store.book[?(@.category != "fiction")].title': titles('Sayings'),
    '$.store.book[?(@["author"] < "N")].title': titles('Moby Dick'),
    '$.store.book[?(@.author =~ "^[RT]")].title': titles('Sayings', 'Lord'),
    '$.store.book[?(@.title =~ "(?i)moby")].title': titles('Moby Dick'),
    '$.store.book[?(@.title =~ /moby/i)].title': titles('Moby Dick'),
    '$.store.book[?(@.price * 2 + 1 > 26)].title': titles('Sword', 'Lord'),
    '$.store.book[?(@.price - 10 - 10 > 0)].title': titles('Lord'),
    '$.store.book[?(-@.price > -8.96)].title': titles('Sayings'),
    '$.store.book[?(@.author + "!" == "Rees!")].title': titles('Sayings'),
    '$.list[?(@ % 2 == 0)]': [0, 2, 4],
    '$.list[?(@ / 0 == 1 || @ == 3)]': [3],
    '$.list[?(@ == "3")]': [],
    '$.list[?(@ < "3")]': [],
    '$[?(@ == null)]': [null],
    '$.store[?(@.color == "red")].price': [19.95],
    '$.store.book[?(@.price == $.store.book[0].price)].title': titles('Sayings'),
    '$.store[?(@[?(@.price > 20)])][3].author': ['Tolkien'],
    '$.store.book[0,?(@.sold)].title': titles('Sayings', 'Lord'),
  }
  for (const [path, expected] of Object.entries(cases)) {
    it(path, () => {
      assert.deepStrictEqual(query(path), expected)
      assert.equal(definite(path), false)
    })
  }
  it('and a pattern finds from the start of every text', () => {
    assert.deepEqual(query('$[?(@ =~ "a")]', ['aa', 'a', 'ba']), ['aa', 'a', 'ba'])
  })
})

describe('a definite path that leads nowhere fails and says where', () => {
  const cases: Record<string, RegExp> = {
    '$.zzz': /^unknown key zzz at \$$/,
    '$.store.book[0].zzz': /^unknown key zzz at \$\.store\.book\[0\]$/,
    '$.list[5]': /^index 5 is out of range at \$\.list \(5 elements\)$/,
    '$.list[-6]': /^index -6 is out of range/,
    '$.list.name': /array\(.*\) at \$\.list has no key name/,
    '$.store[0]': /struct\(.*\) at \$\.store has no index/,
    '$.limit.x': /bigint\(10\) at \$\.limit has no key x/,
    '$.nothing.x': /null at \$\.nothing has no key x/,
    '$.constructor': /unknown key constructor/,
    '$["__proto__"]': /unknown key __proto__/,
  }
  for (const [path, message] of Object.entries(cases)) {
    it(path, () => {
      assert.throws(
        () => query(path),
        error => error instanceof RowError && message.test(error.message),
      )
    })
  }
})

describe('a malformed path is found when it is compiled', () => {
  const cases: Record<string, RegExp> = {
    '': /must begin with \$/,
    'store.book': /must begin with \$/,
    '@.a': /must begin with \$/,
    '$.': /needs a name or \* after the dot/,
    '$..': /needs a name or \*/,
    $a: /needs ".name" or "\[…\]"/,
    '$.a b': /needs ".name"/,
    '$[': /needs a name in quotes/,
    '$[]': /needs a name in quotes/,
    '$[0': /needs \]/,
    '$["a]': /closing quote/,
    '$[0x]': /needs \]/,
    '$[1.5]': /needs a name in quotes/,
    '$[a]': /needs a name in quotes/,
    '$[0,]': /needs a name in quotes/,
    '$[::0]': /step 0/,
    '$[(@.length-1)]': /script/,
    '$[?]': /needs @, \$, a literal/,
    '$[?(@.a>]': /needs @/,
    '$[?(@.a>1]': /needs \)/,
    '$[?(@.a = 1)]': /needs \)/,
    '$[?(@.a in 1)]': /needs \)/,
    '$[?(@.a =~ @.b)]': /needs a text after =~/,
    '$[?(@.a =~ "[")]': /malformed regular expression/,
    '$[?(process.exit())]': /needs @, \$, a literal/,
    '$["\\u12"]': /four hexadecimal digits/,
    [`$[?${'('.repeat(500)}1${')'.repeat(500)}]`]: /nested too deeply/,
    [`$[?${'!'.repeat(3000)}1]`]: /nested too deeply/,
    [`$${'[?@'.repeat(1000)}`]: /nested too deeply/,
    [`$${'.a'.repeat(3000)}`]: /longer than 4000 characters/,
  }
  for (const [path, message] of Object.entries(cases)) {
    it(path === '' ? 'the empty path' : path.slice(0, 40), () => {
      const problem = compileJsonPath(path)
      assert.ok(typeof problem === 'string')
      assert.match(problem, message)
      assert.match(functions.doubts('json_path_query', [undefined, path]).join(), message)
      assert.equal(definite(path), false)
    })
  }
  it('and says at which character', () => {
    assert.equal(
      compileJsonPath('$.a[?(@.b > )]'),
      'JSON path $.a[?(@.b > )] needs @, $, a literal or ( here (at character 13)',
    )
  })
})

describe('hostile data', () => {
  it('nested a thousand levels deep is walked without running out of stack', () => {
    let value: Value = 1
    for (let i = 0; i < 100_000; i++) value = [value]
    assert.equal((query('$..*', value) as readonly Value[]).length, 100_000)
  })
  it('cannot make a path of several descents run for ever', () => {
    let value: Value = 1
    for (let i = 0; i < 2000; i++) value = [value]
    assert.throws(() => query('$..*..*..*', value), /passes more than 1000000 values/)
  })
})

describe('json_path_query', () => {
  it('takes structs, arrays and JSON text', () => {
    assert.equal(functions.call('json_path_query', [{ a: 1.5 }, '$.a']), 1.5)
    assert.equal(functions.call('json_path_query', [[7], '$[0]']), 7)
    assert.equal(functions.call('json_path_query', ['{"a.b": [0.1, 2.4]}', '$["a.b"][1]']), 2.4)
  })
  it('takes an empty array and an empty object, which are no nulls here', () => {
    assert.deepEqual(functions.call('json_path_query', [[], '$[*]']), [])
    assert.deepEqual(functions.call('json_path_query', [{}, '$']), {})
  })
  it('fails for null and for what holds nothing', () => {
    for (const value of [null, 1n, true, '5', 'no json', new Uint8Array(2)]) {
      assert.throws(
        () => functions.call('json_path_query', [value, '$.a']),
        error => error instanceof RowError && error.message.startsWith('invalid data '),
      )
    }
    assert.throws(() => functions.call('json_path_query', [null, '$.a']), /invalid data nil for jsonpath/)
  })
})

describe('json_path_query_first', () => {
  it('gives the first element', () => {
    assert.equal(functions.call('json_path_query_first', [SHOP, '$..author']), 'Rees')
    assert.equal(functions.call('json_path_query_first', [SHOP, '$.list']), 0)
  })
  it('gives null when there is none', () => {
    assert.equal(functions.call('json_path_query_first', [SHOP, '$..zzz']), null)
  })
  it('fails when the path leads to no array', () => {
    assert.throws(() => functions.call('json_path_query_first', [SHOP, '$.limit']), /not to an array/)
  })
})

describe('json_path_exists', () => {
  const cases: Record<string, boolean> = {
    '$.store': true,
    '$.list': true,
    '$.zzz': false,
    '$.nothing': false,
    '$.list[9]': false,
    '$.list[?(@ > 3)]': true,
    '$.list[?(@ > 5)]': false,
    '$..isbn': true,
  }
  for (const [path, expected] of Object.entries(cases)) {
    it(`${path} is ${expected}`, () => assert.equal(functions.call('json_path_exists', [SHOP, path]), expected))
  }
  it('is false for null and bad text', () => {
    assert.equal(functions.call('json_path_exists', [null, '$.a']), false)
    assert.equal(functions.call('json_path_exists', ['{', '$']), false)
  })
})

it('the path must be a literal text', () => {
  for (const { name } of jsonPathFunctions) {
    assert.equal(typeof functions.check(name, [undefined, undefined]), 'string')
    assert.equal(typeof functions.check(name, [undefined, 44n]), 'string')
    assert.equal(functions.check(name, [undefined, '$.a']), undefined)
  }
})
