import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RowError, UserError } from '../../src/core/errors.ts'
import type { Value, Values } from '../../src/core/value.ts'
import { compileTemplate } from '../../src/sinks/template.ts'

function render(template: string, data: Values | readonly Values[] = {}): string {
  return compileTemplate(template, { property: name => (name === 'site' ? 'hall 7' : undefined) })(data)
}

type Case = readonly [name: string, template: string, data: Values | readonly Values[], output: string]

function table(cases: readonly Case[]): void {
  for (const [name, template, data, output] of cases) {
    it(name, () => assert.equal(render(template, data), output))
  }
}

const row: Values = { a: 'x', n: 5n, t: 21.5, ok: true, nothing: null, list: [1n, 2n], deep: { b: { c: 'down' } } }
const rows: readonly Values[] = [
  { a: 'x', t: 31.5 },
  { a: 'y', t: 12 },
]

describe('a template prints data as Go does', () => {
  table([
    ['text without actions is sent as it is', 'a {b} }} c', {}, 'a {b} }} c'],
    ['a field of the row', '{{.a}}', row, 'x'],
    ['a field of a field', '{{.deep.b.c}}', row, 'down'],
    ['a missing key', '{{.zzz}}', row, '<no value>'],
    ['a key below a missing key', '{{.zzz.b.c}}', row, '<no value>'],
    ['null', '{{.nothing}}', row, '<no value>'],
    ['an inherited name is a missing key', '{{.constructor}} {{.__proto__}}', {}, '<no value> <no value>'],
    ['BIGINT plain', '{{.n}}', { n: 9007199254740993n }, '9007199254740993'],
    ['a whole FLOAT', '{{.n}}', { n: 3 }, '3'],
    ['a million', '{{.n}}', { n: 1000000 }, '1e+06'],
    ['a small float', '{{.n}}', { n: 0.00001 }, '1e-05'],
    ['a long float', '{{.n}}', { n: 123456789.5 }, '1.234567895e+08'],
    ['booleans', '{{.ok}}', row, 'true'],
    ['lists', '{{.list}}', row, '[1 2]'],
    ['maps with sorted keys', '{{.m}}', { m: { b: 1, a: 'x' } }, 'map[a:x b:1]'],
    ['null within a list', '{{.l}}', { l: [null, 'a'] }, '[<nil> a]'],
    [
      'literals',
      '{{"a\\tb\\u00e4"}} {{`r\\n`}} {{1}} {{-2.5}} {{0x1F}} {{1e3}} {{true}} {{\'a\'}}',
      {},
      'a\tbä r\\n 1 -2.5 31 1000 true 97',
    ],
  ])
})

describe('actions of a template', () => {
  table([
    ['index of the array of rows', '{{index . 0 "a"}}', rows, 'x'],
    ['a field of an indexed row', '{{(index . 1).a}}', rows, 'y'],
    ['len of rows and of texts in bytes', '{{len .}} {{len "ä"}}', rows, '2 2'],
    ['json of the row', '{{json .}}', { b: 1n, a: '<' }, '{"a":"\\u003c","b":1}'],
    ['toJson of null', '{{toJson .nothing}}', row, 'null'],
    ['range over rows with commas', '[{{range $i, $e := .}}{{if $i}},{{end}}{{$e.a}}{{end}}]', rows, '[x,y]'],
    ['range moves the dot', '{{range .}}{{.a}};{{end}}', rows, 'x;y;'],
    ['range with one variable', '{{range $r := .}}{{$r.t}} {{end}}', rows, '31.5 12 '],
    [
      'range over a map goes by sorted keys',
      '{{range $k, $v := .}}{{$k}}={{$v}} {{end}}',
      { b: 2n, a: 1n },
      'a=1 b=2 ',
    ],
    ['range over a number', '{{range $i := 3}}{{$i}}{{end}}', {}, '012'],
    ['range without elements', '{{range .}}x{{else}}none{{end}}', [], 'none'],
    ['range over a missing key', '{{range .zzz}}x{{else}}none{{end}}', row, 'none'],
    [
      'break and continue',
      '{{range $i, $e := .list}}{{if eq $e 1}}{{continue}}{{end}}{{$e}}{{break}}{{end}}',
      { list: [1n, 2n, 3n] },
      '2',
    ],
    [
      'if, else if, else',
      '{{range .}}{{if ge .t 30.0}}hot{{else if ge .t 20.0}}warm{{else}}cool{{end}} {{end}}',
      rows,
      'hot cool ',
    ],
    ['with moves the dot', '{{with .deep}}{{.b.c}}{{end}}', row, 'down'],
    ['with without a value', '{{with .zzz}}x{{else}}none{{end}}', row, 'none'],
    ['variables', '{{$x := .a}}{{$x}}{{$x = "z"}}{{$x}}', row, 'xz'],
    ['a variable set inside a block is seen after it', '{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}', {}, '2'],
    ['a variable of a block shadows', '{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}', {}, '21'],
    ['$ is the whole data inside range', '{{range .list}}{{$.a}}{{.}} {{end}}', row, 'x1 x2 '],
    ['pipes hand on the last argument', '{{.t | printf "%.2f" | printf "%s!"}}', row, '21.50!'],
    ['parentheses', '{{if and (gt .t 20.0) (lt .t 30.0)}}in{{end}}', row, 'in'],
    ['trimming on both sides', 'a  \n{{- " b " -}}\n  c', {}, 'a b c'],
    ['trimming to the left only', 'a {{- 1}} b', {}, 'a1 b'],
    ['a minus that belongs to the number', 'a {{-1}}', {}, 'a -1'],
    ['comments', 'a{{/* b }} */}}c {{- /* d */ -}} e', {}, 'ace'],
    ['actions over several lines', '{{if\n  .ok\n}}y{{end}}', row, 'y'],
    ['and, or and not give the deciding value', '{{and 1 0 2}} {{or 0 "" "b"}} {{not 0}}', {}, '0 b true'],
    ['or stops before a fault', '{{or true (index .list 9)}}', row, 'true'],
    [
      'empty values are false',
      '{{range .}}{{if .v}}T{{else}}F{{end}}{{end}}',
      ['', 0, 0n, false, null, [], {}, 'a', 1].map(v => ({ v })) as Values[],
      'FFFFFFFTT',
    ],
  ])
})

describe('functions of a template', () => {
  table([
    [
      'comparisons of equal kinds',
      '{{eq .a "x"}} {{ne .n 5}} {{lt .n 6}} {{le .t 21.5}} {{gt "b" "a"}} {{ge .n 6}}',
      row,
      'true false true true true false',
    ],
    ['eq with several candidates', '{{eq .a "y" "x"}}', row, 'true'],
    ['eq with a missing key is false', '{{eq .zzz "x"}} {{eq .zzz nil}}', row, 'false true'],
    [
      'print puts blanks between neighbours that are no texts',
      '{{print 1 2 "a" 3 true}} {{print .zzz}}',
      {},
      '1 2a3 true <nil>',
    ],
    ['println', '{{println "a" 1}}|', {}, 'a 1\n|'],
    ['html', '{{html "<a href=\'x\'>&\\""}}', {}, '&lt;a href=&#39;x&#39;&gt;&amp;&#34;'],
    ['js', '{{js "it\'s <b>\\n"}}', {}, "it\\'s \\u003Cb\\u003E\\u000A"],
    ['urlquery', '{{urlquery "a b&c/ä!"}}', {}, 'a+b%26c%2F%C3%A4%21'],
    ['slice of a text by bytes', '{{slice "abcdef" 1 3}} {{slice .list 1}}', row, 'bc [2]'],
    ['base64', '{{base64 "hi"}} {{base64 .n}} {{base64 .m}}', { n: 5n, m: { a: 1 } }, 'aGk= NQ== eyJhIjoxfQ=='],
    ['prop', '{{prop "site"}} {{prop "none"}}', {}, 'hall 7 <no value>'],
    ['case and blanks', '{{upper "aä"}} {{lower "AB"}} {{title "ab cd"}} {{trim "  a "}}|', {}, 'AÄ ab Ab Cd a|'],
    [
      'cutting',
      '{{trunc 2 "abc"}} {{trunc -2 "abc"}} {{trimPrefix "a" "abc"}} {{trimSuffix "c" "abc"}} {{trimAll "$" "$5$"}}',
      {},
      'ab bc bc ab 5',
    ],
    ['searching', '{{contains "b" "abc"}} {{hasPrefix "b" "abc"}} {{hasSuffix "c" "abc"}}', {}, 'true false true'],
    ['replace takes the text literally', '{{"a.b.c" | replace "." "$&"}}', {}, 'a$&b$&c'],
    ['repeat and indent', '{{repeat 3 "ab"}}{{nindent 2 "a\\nb"}}', {}, 'ababab\n  a\n  b'],
    ['quote and squote leave nil out', '{{quote "a\\"" 5 .zzz}} {{squote "a"}}', {}, '"a\\"" "5" \'a\''],
    ['join and split', '{{join "," .list}} {{(split "$" "a$b")._1}} {{splitList "," "a,b"}}', row, '1,2 b [a b]'],
    ['default', '{{default "d" .zzz}} {{.a | default "d"}} {{default "d" ""}}', row, 'd x d'],
    ['coalesce, ternary, empty', '{{coalesce 0 "" "c"}} {{ternary "y" "n" true}} {{empty .zzz}}', {}, 'c y true'],
    [
      'integer arithmetic',
      '{{add 1 2 3}} {{sub 5 7}} {{mul 2 3}} {{div 7 2}} {{mod 7 2}} {{add1 .t}} {{max 1 3 2}} {{min 2 1}}',
      row,
      '6 -2 6 3 1 22 3 1',
    ],
    ['conversions', '{{int "12"}} {{int64 3.9}} {{float64 "2.5"}} {{atoi "x"}} {{toString 5}}', {}, '12 3 2.5 0 5'],
    ['rounding', '{{round 123.5555 3}} {{floor 1.9}} {{ceil 1.1}} {{round -2.5 0}}', {}, '123.556 1 2 -3'],
    [
      'lists and maps',
      '{{$d := dict "a" 1}}{{$d.a}} {{get $d "z"}}|{{hasKey $d "a"}} {{has 2 (list 1 2)}} {{first .list}}{{last .list}}',
      row,
      '1 |true true 12',
    ],
  ])
})

describe('printf', () => {
  const cases: readonly (readonly [format: string, args: readonly Value[], output: string])[] = [
    ['%v %s %d', ['a', 'b', 5n], 'a b 5'],
    ['%.2f|%8.3f|%-8.1f|%08.2f|%+.1f', [1.005, 3.14163, 2.25, -1.5, 2], '1.00|   3.142|2.2     |-0001.50|+2.0'],
    ['%.0f %.0f %.2f %f', [2.5, 3.5, 0.125, 1], '2 4 0.12 1.000000'],
    ['%e %.2e %E', [1234.56, 1.125, 0.00012], '1.234560e+03 1.12e+00 1.200000E-04'],
    ['%g %g %.3g %.3g %g', [1e6, 0.5, 1234.5678, 12.34, 1e21], '1e+06 0.5 1.23e+03 12.3 1e+21'],
    ['%f', [1e23], '99999999999999991611392.000000'],
    ['%5d|%-5d|%05d|%+d|% d', [42n, 42n, -42n, 42n, 42n], '   42|42   |-0042|+42| 42'],
    ['%x %X %#x %x %b %o %c', [255n, 255n, 255n, 'hi', 5n, 8n, 228n], 'ff FF 0xff 6869 101 10 ä'],
    ['%5s|%-5s|%.2s|%05s', ['ab', 'ab', 'äbc', 'ab'], '   ab|ab   |äb|   ab'],
    ['%q %q', ['a"b\n', 97n], '"a\\"b\\n" \'a\''],
    ['%t %v %%', [true, false], 'true false %'],
    ['%v %v %s', [null, [1, 'a'], [1n, 'a']], '<nil> [1 a] [%!s(int64=1) a]'],
    ['%T %T %T', ['a', 1, 1n], 'string float64 int64'],
    ['%d', [3], '%!d(float64=3)'],
    ['%s %d', [true, 'x'], '%!s(bool=true) %!d(string=x)'],
    ['%d %d', [1n], '1 %!d(MISSING)'],
    ['%d', [1n, 'a'], '1%!(EXTRA string=a)'],
    ['%s', [null], '%!s(<nil>)'],
    ['%v %.1f', [Infinity, -Infinity], '+Inf -Inf'],
    ['100%', [], '100%!(NOVERB)'],
  ]
  for (const [format, args, output] of cases) {
    it(`${format} of ${args.map(String).join(', ')}`, () => {
      const names = args.map((_, i) => `.v${i}`).join(' ')
      const data = Object.fromEntries(args.map((value, i) => [`v${i}`, value]))
      assert.equal(render(`{{printf ${JSON.stringify(format)} ${names}}}`, data), output)
    })
  }
})

describe('a template that does not parse is refused with its place', () => {
  const cases: readonly (readonly [template: string, place: string, word: RegExp])[] = [
    ['{{.a', '1:1', /never closed/],
    ['a\n  {{if .a}}x', '2:5', /"if" has no \{\{end\}\}/],
    ['{{end}}', '1:3', /"end" without/],
    ['{{else}}', '1:3', /"else" without/],
    ['{{if .a}}{{else}}{{else}}{{end}}', '1:20', /second/],
    ['{{}}', '1:3', /missing/],
    ['{{if}}x{{end}}', '1:5', /missing/],
    ['{{.a | }}', '1:8', /missing/],
    ['{{.a | .b}}', '1:8', /only a function/],
    ['{{.a 1}}', '1:6', /only a function takes arguments/],
    ['{{"abc}}', '1:3', /never closed/],
    ["{{'abc'}}", '1:3', /one character/],
    ['{{"\\y"}}', '1:4', /unknown escape/],
    ['{{(len .a}}', '1:10', /"\)" is missing/],
    ['{{$x}}', '1:3', /no variable "\$x"/],
    ['{{if true}}{{$x := 1}}{{end}}{{$x}}', '1:32', /no variable/],
    ['{{uper .a}}', '1:3', /no function "uper"/],
    ['{{len}}', '1:3', /takes 1 argument, not 0/],
    ['{{1 | len 2}}', '1:7', /not 2/],
    ['{{nil}}', '1:3', /nil/],
    ['{{break}}', '1:3', /outside of a range/],
    ['{{define "x"}}{{end}}', '1:3', /not built yet/],
    ['{{99999999999999999999}}', '1:3', /64 bits/],
    ['{{/* a', '1:1', /comment/],
    ['{{.a ? .b}}', '1:6', /unexpected/],
  ]
  for (const [template, place, word] of cases) {
    it(JSON.stringify(template), () => {
      assert.throws(
        () => compileTemplate(template),
        (error: unknown) => {
          assert.ok(error instanceof UserError)
          assert.equal(error.code, 'TEMPLATE_SYNTAX')
          assert.match(error.what, word)
          assert.ok(error.what.startsWith(`Template, ${place}: `), error.what)
          return true
        },
      )
    })
  }

  it('names the nearest function', () => {
    assert.throws(() => compileTemplate('{{uper .a}}'), { fix: 'Did you mean "upper"?' })
  })

  it('refuses nesting without end instead of overflowing the stack', () => {
    const deep = 100_000
    assert.throws(() => compileTemplate(`{{${'('.repeat(deep)}1${')'.repeat(deep)}}}`), { code: 'TEMPLATE_SYNTAX' })
    assert.throws(() => compileTemplate('{{if 1}}'.repeat(deep) + '{{end}}'.repeat(deep)), { code: 'TEMPLATE_SYNTAX' })
    const chain = '{{if 0}}' + '{{else if 0}}'.repeat(deep) + '{{end}}'
    assert.throws(() => compileTemplate(chain), { code: 'TEMPLATE_SYNTAX' })
  })
})

describe('a template that meets unfit data fails the message with its place', () => {
  const cases: readonly (readonly [template: string, data: Values | readonly Values[], message: RegExp])[] = [
    [
      '{{if gt .t 30}}x{{end}}',
      row,
      /^template 1:6: gt: incompatible types for comparison: float64 and int64 \(write 30\.0/,
    ],
    ['{{eq .n 5.0}}', row, /incompatible types/],
    ['{{lt .ok true}}', row, /invalid type for comparison: bool/],
    ['{{eq .list .list}}', row, /non-comparable/],
    ['{{lt .zzz 1}}', row, /invalid type for comparison: <nil>/],
    ['{{.a}}', rows, /a list has no field "a"/],
    ['{{.a.b}}', row, /a string has no field "b"/],
    ['{{.nothing.b}}', row, /\.b of nil/],
    ['\n{{index . 5}}', rows, /^template 2:3: index: index out of range: 5/],
    ['{{index .list "a"}}', row, /cannot index with type string/],
    ['{{index .deep 1}}', row, /a map is indexed by a text/],
    ['{{len .n}}', row, /len of type int64/],
    ['{{len .zzz}}', row, /len of nil/],
    ['{{upper .n}}', row, /expected a text, got int64/],
    ['{{div 1 0}}', row, /division by zero/],
    ['{{range .a}}{{end}}', row, /range cannot go over a string/],
    ['{{repeat 99999999 "abc"}}', row, /16 MiB/],
    ['{{printf "%99999999d" 1}}', row, /width/],
    ['{{$x := repeat 1000000 "abcdefgh"}}{{$x}}{{$x}}{{$x}}', row, /16 MiB/],
    ['{{range 99999999999}}{{end}}', row, /rounds/],
  ]
  for (const [template, data, message] of cases) {
    it(JSON.stringify(template), () => {
      const compiled = compileTemplate(template)
      assert.throws(
        () => compiled(data),
        (error: unknown) => {
          assert.ok(error instanceof RowError, String(error))
          assert.match(error.message, message)
          return true
        },
      )
    })
  }

  it('leaves nothing behind: the next message renders as if the failed one had not been', () => {
    const compiled = compileTemplate('{{$x := .a}}{{$x}}{{upper $x}}')
    assert.throws(() => compiled({ a: 1n }), RowError)
    assert.equal(compiled({ a: 'b' }), 'bB')
  })
})
