// The name of a function that does not exist in, what its author is told out: names of plug-ins, of newer versions of
// the dialect, and of other SQLs (spec/functions.md 9, 14, 23); for any other the nearest name.

import { didYouMean } from '../core/errors.ts'
import { functionNames } from './registry.ts'

export interface Advice {
  readonly why?: string
  readonly fix?: string
}

const PLUGINS = new Set([
  ...['echo', 'countplusone', 'accumulatewordcount', 'resize', 'thumbnail', 'labelimage', 'objectdetect', 'tflite'],
  ...['onnx', 'llm', 'mcp', 'tensorflow'],
])

const PLUGIN: Advice = {
  why: 'It is a function of a plug-in, and plug-ins, services and scripts of eKuiper do not run here.',
  fix: 'Compute it outside: send the rows to a rest sink, and let the answer be pushed to a stream.',
}

/** Functions that eKuiper added beside its built-in ones, and how a statement does without them. */
const CHANGES: Readonly<Record<string, string>> = {
  change_to: 'Write had_changed(true, x) AND x = value.',
  change_capture: 'Write latest(y) OVER (WHEN had_changed(true, x) AND x = value).',
  consecutive_count: 'Write CASE WHEN c THEN acc_count(x, c, (c) = FALSE) ELSE 0 END, c being the condition.',
  consecutive_start:
    'Write CASE WHEN c THEN latest(y) OVER (WHEN had_changed(true, c) AND c) END, c being the condition.',
}

/** What other SQLs call it, and what manuals of this one call it by mistake. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  year: 'Write cast(format_time(x, "YYYY"), "bigint").',
  quarter: 'Write ceil(month(x) / 3.0).',
  date_trunc: 'Write format_time(x, "YYYY-MM-dd HH:00:00"), or another pattern.',
  date_add: 'Write date_calc(x, "2h").',
  date_sub: 'Write date_calc(x, "-2h").',
  dateadd: 'Write date_calc(x, "2h").',
  datediff: 'Write date_diff(a, b): nanoseconds from a to b.',
  date_format: 'Write format_time(x, "YYYY-MM-dd").',
  to_char: 'Write format_time(x, "YYYY-MM-dd"), or format(x, 2) for a number.',
  to_timestamp: 'Write cast(x, "datetime").',
  unix_timestamp: 'Write to_seconds(x), or tstamp() for now in milliseconds.',
  getdate: 'Write now().',
  percentile: 'Write percentile_cont(x, p) or percentile_disc(x, p).',
  first_value: 'Write collect(x)[0].',
  first: 'Write collect(x)[0].',
  last: 'Write last_value(x, true).',
  lead: 'No row knows the next one: write lag(x), and look one row back.',
  rank: 'Write row_number() OVER (ORDER BY x DESC).',
  array_agg: 'Write collect(x).',
  group_concat: 'Write array_join(collect(x), ",").',
  string_agg: 'Write array_join(collect(x), ",").',
  stdev: 'Write stddev(x), or stddevs(x) for a sample.',
  variance: 'Write var(x), or vars(x) for a sample.',
  if: 'Write CASE WHEN condition THEN a ELSE b END.',
  iif: 'Write CASE WHEN condition THEN a ELSE b END.',
  ifnull: 'Write coalesce(x, y).',
  nvl: 'Write coalesce(x, y).',
  nullif: 'Write CASE WHEN x = y THEN null_column ELSE x END, or leave the row out with WHERE.',
  is_null: 'Write isnull(x).',
  regexp_substring: 'Write regexp_substr(x, "…").',
  regexp_like: 'Write regexp_matches(x, "…").',
  substr: 'Write substring(x, start, end): from 0, the end excluded.',
  replace: 'Write regexp_replace(x, "…", "…").',
  strlen: 'Write length(x).',
  len: 'Write length(x).',
  char_length: 'Write length(x).',
  uuid: 'Write newuuid().',
  json_extract: 'Write json_path_query(x, "$.a"), or x->a.',
  json_value: 'Write json_path_query(x, "$.a"), or x->a.',
  map: 'Write array_map("name", x), or object_construct("key", value).',
  explode: 'Write unnest(x).',
  tumble: 'Write TUMBLINGWINDOW(ss, 10).',
  tumbling: 'Write TUMBLINGWINDOW(ss, 10).',
  hop: 'Write HOPPINGWINDOW(ss, 10, 5).',
  hopping: 'Write HOPPINGWINDOW(ss, 10, 5).',
}

/** @param name in any case, no function's */
export function adviceFor(name: string): Advice {
  const key = name.toLowerCase()
  if (PLUGINS.has(key) || key.startsWith('geohash')) return PLUGIN
  if (Object.hasOwn(CHANGES, key)) return { why: 'It is no built-in function of the dialect.', fix: CHANGES[key]! }
  if (Object.hasOwn(OTHER_NAMES, key)) return { fix: OTHER_NAMES[key]! }
  const similar = didYouMean(name, functionNames())
  return similar === undefined
    ? { why: 'Functions of plug-ins, services and scripts do not run here.' }
    : { fix: similar }
}

/** Every name that has an advice: no function may take one of them. */
export function strangerNames(): readonly string[] {
  return [...PLUGINS, ...Object.keys(CHANGES), ...Object.keys(OTHER_NAMES)]
}
