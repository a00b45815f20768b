// Function definitions in, the page docs/functions.md out: nothing on the page is written anywhere else.

import type { Example, Family, FunctionDefinition, Parameter } from './definition.ts'
import { signature } from './signature.ts'

const TITLES: Readonly<Record<Family, string>> = {
  math: 'Mathematics',
  string: 'Text',
  conversion: 'Conversion and encoding',
  hash: 'Hashes',
  json: 'JSON',
  datetime: 'Date and time',
  array: 'Arrays',
  object: 'Objects',
  other: 'Other',
  window: 'Windows and emissions',
  aggregate: 'Aggregates',
  analytic: 'Analytic functions',
}

const NOTES: Partial<Readonly<Record<Family, string>>> = {
  math: 'Texts are not numbers here, not even `"12"`: cast them. A result that is not a number or infinite is null.',
  string:
    'Columns of any kind are taken as text: an int as its digits, a float in its shortest form (`12.5`, but `1e+06` from a million on), an array as `[1 2]`, an object as `map[a:1]`. Literals must be texts. In SQL a backslash within a text is written twice.',
  hash: 'Columns of any kind are taken as text, as for the functions of [Text](#text). Literals must be texts.',
  json: "A JSON path begins at the root `$`. `.name` and `['name']` lead to a key, `[0]` to an element (`[-1]` is the last), `[1:3]` to a slice (the end left out), `[0,2]` to several, `[*]` and `.*` to all, `..name` to that key at any depth, and `[? @.age > 30]` to those for which a condition holds. A condition compares with `== != < <= > >=`, matches a regular expression with `=~`, joins with `&& || !` and parentheses, and computes with `+ - * / %`; `@` is the element, `$` the root.",
  datetime:
    'A `datetime` argument is a column or an expression, not a literal. Parts and texts are those of the configured `timezone` (`etc/sluice.yaml`), which is UTC in the examples.',
  array:
    'Indexes begin at 0. Numbers are equal by value, objects and arrays by their contents. A text is no array, and no literal is one: name a column, or call a function that makes one.',
  aggregate:
    'They work on the rows of a group or window. `FILTER (WHERE …)` after the call limits its rows. An example shows the rows of one window.',
  analytic:
    'They work on this row and the rows before it, in order of arrival, before WHERE and before any window. `OVER (PARTITION BY … WHEN …)` after the call keeps one state for each partition, and a row for which WHEN is false does not change it: there lag gives what it would give the next row, latest and the acc_ functions what they hold, changed_col null and had_changed false. A WHEN that is null counts as true. An example shows one result for each row.',
}

const INTRODUCTION = `# Functions

<!-- Printed from src/functions by \`npm run docs\`. Edit the definitions there, not this page. -->

Every function that SQL may call. Names are read in any case; a misspelt one is refused with the nearest name.

**Kinds.** \`int\` is a 64-bit integer (BIGINT), \`float\` a double, \`number\` either, \`string\` a text, \`boolean\` true or false, \`datetime\` an
instant (as an argument also a number of milliseconds since 1970 UTC, or a text such as \`2023-11-14 22:13:20\` or \`2023-11-14T22:13:20Z\`), \`bytea\` bytes,
\`array\` and \`object\` what JSON calls so, \`any\` any of them; \`rows\` and \`columns\` are what a whole select item becomes. Numbers of JSON without a schema
are floats. A column that holds a float without fraction is taken where an \`int\` is asked for; a literal must be written without a point.

**What is checked when.** The number of arguments, and the kind of every argument that is a *literal*, are checked when the rule is read: a rule
that fails there does not start. A literal of the right kind with which the call can only fail (a pattern that does not parse, a time zone
that there is not) is a warning of \`sluice validate\`. What a column or an expression holds is known only with the row: if it is of a kind
that the function cannot use, the row is discarded, counted, and the rule goes on. A parameter under *Literal* takes nothing but
a literal.

**Signatures.** \`[x]\` may be left out, \`x, …\` may be repeated, \`*\` says that a star may stand for all columns.

**Null.** A missing column is null. Each function says what a null does; where it says *a null argument* or *any argument null*, an empty array \`[]\`
and an empty object \`{}\` count as null too. A select item that is computed and null is left out of the row that is sent, unless the rule has the option
\`sendNilField\`.

**Examples** are run as tests, on a clock that shows 2023-11-14 22:13:20.123 UTC, in a rule called \`r1\`. Columns stand beside them as JSON: a column
marked BIGINT holds integers, the others what JSON says; \`zzz\` is a column that is not there. Bytes are shown as base64. After … comes the rest of the
statement; then each row that it sends has its own result. Of an error a part of its text is shown.
`

/**
 * The whole page.
 * @param definitions in any order; families are printed in the order in which they first come
 */
export function printFunctions(definitions: readonly FunctionDefinition[]): string {
  const built = definitions.filter(definition => definition.kind !== 'refused')
  const refused = definitions.filter(definition => definition.kind === 'refused')
  const families = [...new Set(built.map(definition => definition.family))]
  const sections = families.map(family => ({ family, members: built.filter(d => d.family === family) }))
  return [
    INTRODUCTION,
    contents(sections, refused),
    ...sections.flatMap(({ family, members }) => [
      `## ${TITLES[family]}\n`,
      ...(NOTES[family] === undefined ? [] : [`${NOTES[family]}\n`]),
      ...members.map(entry),
    ]),
    ...(refused.length === 0 ? [] : ['## Not in Sluice\n', REFUSED, ...refused.map(entry)]),
  ].join('\n')
}

const REFUSED =
  'Names of the dialect that are refused with a reason. Functions of plug-ins (`geohash*`, `resize`, `thumbnail`, inference and the like) do not exist here either.\n'

interface Section {
  readonly family: Family
  readonly members: readonly FunctionDefinition[]
}

function contents(sections: readonly Section[], refused: readonly FunctionDefinition[]): string {
  const line = (title: string, members: readonly FunctionDefinition[]) =>
    `| [${title}](#${anchor(title)}) | ${names(members).length} | ${members.flatMap(links).join(', ')} |`
  return [
    '| Family | Names | |',
    '| --- | --: | --- |',
    ...sections.map(({ family, members }) => line(TITLES[family], members)),
    ...(refused.length === 0 ? [] : [line('Not in Sluice', refused)]),
    '',
  ].join('\n')
}

function names(definitions: readonly FunctionDefinition[]): readonly string[] {
  return definitions.flatMap(definition => [definition.name, ...(definition.aliases ?? [])])
}

function links(definition: FunctionDefinition): readonly string[] {
  return names([definition]).map(name => `[${name}](#${definition.name})`)
}

/** As GitHub makes them from headings. */
function anchor(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-')
}

function entry(definition: FunctionDefinition): string {
  const { name, aliases = [], summary } = definition
  const parts = [
    `### ${name}\n`,
    `\`\`\`text\n${signature(definition, parameterText)} → ${definition.returns}\n\`\`\`\n`,
    `${summary}\n`,
  ]
  if (definition.kind === 'refused') parts.push(`Refused: ${definition.why}\n`)
  else parts.push(`${notes(definition, aliases)}${examples(definition)}`)
  return parts.join('\n')
}

function notes(definition: FunctionDefinition, aliases: readonly string[]): string {
  const lines: string[] = []
  if (aliases.length > 0) lines.push(`- Also called ${aliases.map(alias => `\`${alias}\``).join(', ')}.`)
  const literals = definition.parameters
    .filter(parameter => parameter.literal)
    .map(parameter => `\`${parameter.name}\``)
  if (literals.length > 0) lines.push(`- Literal: ${literals.join(', ')}.`)
  const nulls = nullNote(definition)
  if (nulls !== undefined) lines.push(`- Null: ${nulls}`)
  if (definition.checks !== undefined) lines.push(`- Checked when the rule is read: ${definition.checks}`)
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`
}

/** What a null does, in words; undefined where there is nothing that could be null. */
export function nullNote(definition: FunctionDefinition): string | undefined {
  if (definition.whenNull !== undefined) return definition.whenNull
  if (definition.parameters.length === 0) return undefined
  if (definition.kind === 'aggregate') return 'passed over; when no value is left, the result is null.'
  if (definition.kind !== 'scalar') return undefined
  const any = definition.parameters.length === 1 ? 'a null argument' : 'any argument null'
  switch (definition.nulls) {
    case 'null':
      return `${any} gives null.`
    case 'false':
      return `${any} gives false.`
    case 'zero':
      return `${any} gives 0.`
    case 'own':
      return undefined
  }
}

function parameterText(parameter: Parameter): string {
  const star = parameter.wildcard ? ' or *' : ''
  return `${parameter.name}: ${parameter.kind}${star}${parameter.variadic ? ', …' : ''}`
}

function examples(definition: FunctionDefinition): string {
  const lines = definition.examples.map(
    example => `| ${code(sqlOf(example))} | ${inputOf(example)} | ${outputOf(definition, example)} |`,
  )
  return ['| Example | of | gives |', '| --- | --- | --- |', ...lines, ''].join('\n')
}

function sqlOf(example: Example): string {
  return example.clause ? `${example.sql} … ${example.clause}` : example.sql
}

function inputOf(example: Example): string {
  if (example.meta) return `metadata ${code(json(example.meta))}`
  const rows = example.rows ?? (example.row && Object.keys(example.row).length > 0 ? [example.row] : [])
  if (rows.length === 0) return ''
  const ints = example.ints ? ` (${example.ints.join(', ')} BIGINT)` : ''
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
  if (example.rows && columns.length === 1) {
    return `${code(`${columns[0]}: ${rows.map(row => json(row[columns[0]!] ?? null)).join(', ')}`)}${ints}`
  }
  if (example.rows) return `${rows.map(row => code(json(row))).join(' ')}${ints}`
  return `${columns.map(column => code(`${column}: ${json(rows[0]![column])}`)).join(', ')}${ints}`
}

function outputOf(definition: FunctionDefinition, example: Example): string {
  if (example.error !== undefined) return `error: ${code(example.error)}`
  const perRow = example.clause !== undefined || definition.kind === 'analytic'
  const shaped = definition.kind === 'intrinsic' && (definition.role === 'rows' || definition.role === 'columns')
  if ((perRow || shaped) && Array.isArray(example.result)) {
    return example.result.map(item => code(json(item))).join(shaped ? ' ' : ', ')
  }
  return code(json(example.result))
}

function json(value: unknown): string {
  return JSON.stringify(value)
}

/** A code span that a table cell can hold. */
function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`'
  const padded = text.startsWith('`') || text.endsWith('`') ? ` ${text} ` : text
  return `${fence}${padded.replaceAll('|', '\\|')}${fence}`
}
