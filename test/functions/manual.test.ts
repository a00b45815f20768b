// Every name that a rule may call is in the registry and on the page, and the page says what a user asks.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nullNote, printFunctions } from '../../src/functions/manual.ts'
import { allFunctions, functionNames, lookup } from '../../src/functions/registry.ts'

/** The names of the dialect that users call, by family, as its manual groups them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  math: `abs acos asin atan atan2 bitand bitor bitxor bitnot ceil ceiling floor round sign cos cosh sin sinh tan tanh
    cot exp ln log sqrt mod power pow pi radians degrees rand conv`.split(/\s+/),
  string: `concat endswith startswith indexof length numbytes lower upper lpad rpad ltrim rtrim trim regexp_matches
    regexp_replace regexp_substr reverse substring split_value format`.split(/\s+/),
  conversion: `cast convert_tz to_seconds chr encode decode trunc hex2dec dec2hex compress decompress`.split(' '),
  hash: `md5 sha1 sha256 sha384 sha512 crc32`.split(' '),
  json: `to_json parse_json json_path_query json_path_query_first json_path_exists`.split(' '),
  datetime: `now current_timestamp local_time local_timestamp cur_time current_time cur_date current_date format_time
    date_calc date_diff day_name month_name day_of_month day day_of_week day_of_year hour minute second microsecond
    month last_day from_days from_unix_time`.split(/\s+/),
  array: `cardinality array_cardinality array_create array_position array_last_position element_at array_contains
    array_contains_any array_remove array_intersect array_union array_except array_distinct array_max array_min
    array_sort array_shuffle array_flatten array_concat array_join array_map repeat sequence
    kvpair_array_to_obj`.split(/\s+/),
  object: `keys values items object zip object_construct object_concat object_size object_pick erase
    obj_to_kvpair_array`.split(/\s+/),
  other: `isnull coalesce newuuid tstamp event_time rule_id rule_start meta mqtt props delay bypass
    get_keyed_state`.split(/\s+/),
  window: `window_start window_end window_trigger`.split(' '),
  aggregate: `count avg sum max min collect last_value merge_agg deduplicate median stddev stddevs var vars
    percentile_cont percentile_disc`.split(/\s+/),
  analytic: `lag latest changed_col had_changed`.split(' '),
  accumulating: `acc_count acc_sum acc_avg acc_max acc_min`.split(' '),
  hits: `last_hit_count last_hit_time last_agg_hit_count last_agg_hit_time`.split(' '),
  columns: ['changed_cols'],
  rows: ['unnest', 'extract'],
  numbering: ['row_number'],
}
const names = Object.values(NAMES).flat()
const page = printFunctions(allFunctions)

test('the list has 184 names, each once', () => {
  assert.equal(names.length, 184)
  assert.equal(new Set(names).size, 184)
})

test('every name of the list is in the registry, and nothing else but dedup_trigger', () => {
  assert.deepEqual(
    names.filter(name => lookup(name) === undefined),
    [],
  )
  assert.deepEqual(
    functionNames().filter(name => !names.includes(name)),
    ['dedup_trigger'],
  )
  assert.equal(lookup('dedup_trigger')?.kind, 'refused')
})

test('every name of the list is on the page: in the contents, and with a section of its own or as an alias', () => {
  const missing = names.filter(name => {
    const definition = lookup(name)!
    const section = page.split(`\n### ${definition.name}\n`)[1]?.split('\n### ')[0]
    const told = name === definition.name || section?.match(/^- Also called .*$/m)?.[0].includes(`\`${name}\``)
    return section === undefined || !told || !page.includes(`[${name}](#${definition.name})`)
  })
  assert.deepEqual(missing, [])
})

test('the counts of the contents add up to all names', () => {
  const counts = [...page.matchAll(/^\| \[[^\]]+\]\(#[^)]+\) \| (\d+) \|/gm)].map(([, count]) => Number(count))
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    functionNames().length,
  )
})

for (const definition of allFunctions) {
  if (definition.kind === 'refused') continue
  test(`the page answers what a user asks of ${definition.name}`, () => {
    assert.ok(definition.examples.length >= 2, 'one example shows too little')
    assert.ok(definition.parameters.length === 0 || nullNote(definition) !== undefined, 'what does a null do?')
    assert.ok(!definition.check || definition.checks !== undefined, 'what does its check refuse?')
    for (const note of [definition.whenNull, definition.checks]) assert.match(note ?? '.', /\.$/, 'a sentence')
  })
}

test('the words that stand for [] and {} too are used only where these count as null', () => {
  const wrong = allFunctions.filter(({ whenNull }) => /a null argument|any argument null/.test(whenNull ?? ''))
  assert.deepEqual(
    wrong.map(({ name }) => name),
    [],
  )
})
