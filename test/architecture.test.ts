// Reads the import lines of src/ and says which arrow of the house was broken, and where the code could move.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'node:test'

const SRC = join(import.meta.dirname, '..', 'src')
const LONGEST_FILE_LINES = 500

/**
 * What each room may import besides itself, in the order of ARCHITECTURE.md. A room that is missing here is a fault: new
 * rooms choose their place on purpose.
 */
const ROOMS: Record<string, readonly string[]> = {
  core: [],
  formats: ['core'],
  journal: ['core'],
  operators: ['core'],
  functions: ['core'],
  sql: ['core', 'functions'],
  catalog: ['core', 'sql', 'functions'],
  config: ['core', 'sql', 'functions', 'catalog'],
  sources: ['core', 'formats', 'journal'],
  sinks: ['core', 'formats'],
  lookups: ['core', 'formats', 'sql', 'functions', 'catalog', 'sources'],
  compiler: ['core', 'functions', 'sql', 'catalog', 'formats', 'operators'],
}
ROOMS['runtime'] = [...Object.keys(ROOMS)]
ROOMS['reconciler'] = [...Object.keys(ROOMS)]
// ingest knows the journal and the catalog, never a rule: routes come to it through a function that main passes in.
ROOMS['ingest'] = ['core', 'formats', 'journal', 'functions', 'sql', 'catalog', 'config']
// The runner of test files drives the real rooms, ingest with them, on a clock that it moves.
ROOMS['testing'] = [...Object.keys(ROOMS)]
ROOMS['status'] = [...Object.keys(ROOMS)].filter(room => room !== 'ingest' && room !== 'testing')
ROOMS['cli'] = [...Object.keys(ROOMS)]
// The one place that wires the rooms.
ROOMS['appliance.ts'] = [...Object.keys(ROOMS)].filter(room => room !== 'cli' && room !== 'testing')
ROOMS['main.ts'] = [...Object.keys(ROOMS)]

/** Packages that one place alone imports. A folder ends in `/`. */
const DOORS: Record<string, readonly string[]> = {
  koa: ['ingest/', 'status/'],
  '@koa/router': ['ingest/', 'status/'],
  chokidar: ['reconciler/watch.ts'],
  'js-yaml': ['config/yaml.ts', 'config/scalar-text.ts'],
  ajv: ['config/validate.ts'],
  'ajv-formats': ['config/validate.ts'],
  pino: ['core/log.ts'],
  'prom-client': ['status/metrics.ts'],
  mqtt: ['sinks/mqtt.ts', 'sinks/mqtt-options.ts'],
  re2js: ['functions/regex.ts'],
  undici: ['sinks/rest.ts', 'sinks/rest-agent.ts'],
  commander: ['cli/', 'main.ts'],
  redis: ['lookups/redis.ts'],
  pg: ['lookups/postgres.ts'],
  mysql2: ['lookups/mysql.ts'],
  'csv-parse': ['formats/csv.ts'],
  croner: ['core/cron.ts'],
}

/**
 * Things of one kind that stand apart: no file that defines one may import a file that defines another. What a file
 * defines is read from its text, so that what they share needs no list: it is any file that defines none. A
 * registry.ts, which knows them all, is none of them.
 */
const KINDS: readonly { readonly name: string; readonly room: string; readonly defines: RegExp }[] = [
  { name: 'sink', room: 'sinks', defines: /^export const \w+: SinkKind\b/m },
  { name: 'source', room: 'sources', defines: /\bimplements Source\b/ },
  {
    name: 'operator',
    room: 'operators',
    // An abstract class is what operators share.
    defines: /^export class [^{]*\b(?:implements Operator|extends \w*(?:Window|Operator))\b/m,
  },
  { name: 'function family', room: 'functions', defines: /^export const \w+: readonly FunctionDefinition\[\]/m },
]

/** Who may read the wall clock or set timers, and why. Everything else is handed a Clock. */
const CLOCK_READERS: Record<string, string> = {
  'core/clock.ts': 'the clock itself',
  'core/log.ts': 'the time of a log line',
  'ingest/body.ts': 'how long a slow body is waited for',
  'ingest/listener.ts': 'how long open connections may finish',
  'ingest/server.ts': 'how long open connections may finish',
  'sinks/back-off.ts': 'the wait before a sink tries its peer again',
}
const CLOCK =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bTemporal\.Now\.(?!timeZoneId\b)|\bset(?:Timeout|Interval)\b|['"](?:node:)?timers\b/

const ENVIRONMENT_READERS = ['main.ts', 'config/', 'cli/']

interface SourceFile {
  /** under src/, with `/` */
  readonly path: string
  readonly text: string
  readonly imports: readonly { readonly specifier: string; readonly line: number }[]
}

function readSources(): SourceFile[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith('.ts'))
    .sort()
    .map(path => sourceFile(path, readFileSync(join(SRC, path), 'utf8')))
}

function sourceFile(path: string, text: string): SourceFile {
  const imports = [
    ...text.matchAll(/^[ \t]*(?:import|export)\b[^;'"`(]*?\bfrom\s*['"]([^'"]+)['"]/gm),
    ...text.matchAll(/^[ \t]*import\s*['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\b(?:import|require|createRequire\([^)]*\))\s*\(\s*['"]([^'"]+)['"]/g),
  ].map(match => ({ specifier: match[1]!, line: lineAt(text, match.index) }))
  return { path, text, imports }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).trimStart() === '' ? 1 : text.slice(0, offset).split('\n').length
}

/** The room of a path under src/: its first folder, or the file itself when it stands in src/. */
function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path
}

/** Where a relative specifier leads, under src/; it begins with `..` when it leads out. */
function target(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier)
}

function allowed(path: string, places: readonly string[]): boolean {
  return places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place))
}

/** Code without comments and without the insides of plain strings, line breaks kept. */
function codeOnly(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, part =>
    /^['"](?:node:)?timers\b/.test(part) ? part : part.replace(/[^\n]/g, ' '),
  )
}

function checkArrows(file: SourceFile): string[] {
  const room = roomOf(file.path)
  const may = ROOMS[room]
  if (!may) return [`src/${file.path}: no arrow is drawn for the room ${room}/; give it a line in ROOMS of this test`]
  const faults: string[] = []
  for (const { specifier, line } of file.imports) {
    if (!specifier.startsWith('.')) continue
    const to = target(file, specifier)
    const other = roomOf(to)
    if (to.startsWith('..')) {
      if (!to.endsWith('/package.json')) faults.push(`src/${file.path}:${line} imports ${specifier}, outside of src/`)
    } else if (other !== room && !may.includes(other)) {
      faults.push(`src/${file.path}:${line} imports ${to}: ${arrowAdvice(room, other)}`)
    }
  }
  return faults
}

function arrowAdvice(room: string, other: string): string {
  const below = (ROOMS[room] ?? []).filter(candidate => (ROOMS[other] ?? []).includes(candidate))
  const down = below.length > 0 ? `what both need could move down to ${below.join(' or ')}` : 'core needs nothing'
  const wiring = ['runtime', 'reconciler', 'appliance.ts', 'main.ts']
  const up = wiring.find(above => ROOMS[above]!.includes(room) && ROOMS[above]!.includes(other))
  return `${room} may not know ${other}. Either ${down}, or ${up ?? 'main.ts'}, which knows both, passes it in`
}

function kindOf(file: SourceFile | undefined): string | undefined {
  if (file?.path.endsWith('/registry.ts')) return undefined
  return KINDS.find(({ room, defines }) => file && roomOf(file.path) === room && defines.test(file.text))?.name
}

function checkApart(file: SourceFile, byPath: ReadonlyMap<string, SourceFile>): string[] {
  const kind = kindOf(file)
  if (!kind) return []
  return file.imports
    .map(({ specifier, line }) => ({ to: target(file, specifier), line }))
    .filter(({ to }) => kindOf(byPath.get(to)) === kind)
    .map(
      ({ to, line }) =>
        `src/${file.path}:${line} imports ${to}: one ${kind} may not know another. ` +
        'Move what both need into a file that defines none',
    )
}

function checkDoors(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier, line }) => {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
    if (specifier.startsWith('.') || specifier.startsWith('node:')) return []
    const doors = DOORS[name]
    if (!doors)
      return [`src/${file.path}:${line} imports ${name}, which has no door yet; name one in DOORS of this test`]
    if (allowed(file.path, doors)) return []
    return [
      `src/${file.path}:${line} imports ${name}: only ${doors.join(' and ')} may; ask that room for what is needed`,
    ]
  })
}

function checkCode(file: SourceFile, pattern: RegExp, fault: string): string[] {
  return codeOnly(file.text)
    .split('\n')
    .flatMap((line, i) => (pattern.test(line) ? [`src/${file.path}:${i + 1} ${fault}`] : []))
}

function report(faults: readonly string[]): void {
  assert.ok(faults.length === 0, `\n${faults.join('\n')}\n`)
}

const sources = readSources()
const byPath = new Map(sources.map(file => [file.path, file]))

test('imports between rooms point one way', () => {
  report(sources.flatMap(checkArrows))
})

test('every import names a file that is there, with its .ts', () => {
  report(
    sources.flatMap(file =>
      file.imports
        .filter(({ specifier }) => specifier.startsWith('.') && !/\.json$/.test(specifier))
        .filter(({ specifier }) => !byPath.has(target(file, specifier)))
        .map(({ specifier, line }) => `src/${file.path}:${line} imports ${specifier}, which is not there`),
    ),
  )
})

test('two sinks, two sources, two operators, two function families never import each other', () => {
  report(sources.flatMap(file => checkApart(file, byPath)))
  const found = new Set(sources.map(kindOf))
  const missing = KINDS.filter(({ name }) => !found.has(name))
  report(
    missing.map(({ name, room }) => `no file of src/${room}/ is recognised as a ${name}: mend the pattern in KINDS`),
  )
})

test('each outside package has one door', () => {
  report(sources.flatMap(checkDoors))
})

test('only the clock reads the wall clock and sets timers for rules', () => {
  const fault =
    'reads the wall clock or sets a timer: take a Clock (src/core/clock.ts), or name the file in CLOCK_READERS'
  report(sources.filter(file => !(file.path in CLOCK_READERS)).flatMap(file => checkCode(file, CLOCK, fault)))
})

test('only main, config and cli read the environment', () => {
  const fault = 'reads process.env: take the value as an argument'
  const rest = sources.filter(file => !allowed(file.path, ENVIRONMENT_READERS))
  report(rest.flatMap(file => checkCode(file, /\bprocess\.env\b/, fault)))
})

test(`no file is longer than ${LONGEST_FILE_LINES} lines`, () => {
  report(
    sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > LONGEST_FILE_LINES)
      .map(({ path, lines }) => `src/${path} has ${lines} lines: perhaps it is two things`),
  )
})

test('every name that this test allows still exists', () => {
  const rooms = new Set(sources.map(file => roomOf(file.path)))
  const named = [...Object.values(DOORS).flat(), ...Object.keys(CLOCK_READERS), ...ENVIRONMENT_READERS]
  report([
    ...named
      .filter(name => (name.endsWith('/') ? !rooms.has(name.slice(0, -1)) : !byPath.has(name)))
      .map(name => `src/${name} is named in this test and is not there`),
    ...Object.keys(ROOMS)
      .filter(room => !rooms.has(room))
      .map(room => `the room ${room} is named in this test and has no files`),
  ])
})

test('the checks see what they are there for', () => {
  const faults = (path: string, text: string, check: (file: SourceFile) => string[]) => check(sourceFile(path, text))
  assert.match(faults('core/x.ts', "import { a } from '../sql/ast.ts'", checkArrows)[0]!, /core may not know sql/)
  assert.match(
    faults('core/x.ts', "import type {\n  A,\n} from '../sql/ast.ts'", checkArrows)[0]!,
    /core may not know sql/,
  )
  assert.match(faults('core/x.ts', "export * from '../sql/ast.ts'", checkArrows)[0]!, /core may not know sql/)
  assert.match(faults('sql/x.ts', "const a = await import('../sinks/log.ts')", checkArrows)[0]!, /main|runtime|cli/)
  assert.match(faults('ingest/x.ts', "import { R } from '../runtime/rule-runner.ts'", checkArrows)[0]!, /passes it in/)
  assert.match(faults('attic/x.ts', '', checkArrows)[0]!, /no arrow is drawn/)
  assert.deepEqual(faults('sql/x.ts', "import { a } from '../core/value.ts'", checkArrows), [])
  const sink = 'export const restSink: SinkKind = {}'
  const others = new Map([['sinks/mqtt.ts', sourceFile('sinks/mqtt.ts', sink)]])
  const apart = (text: string) => checkApart(sourceFile('sinks/rest.ts', text), others)
  assert.match(apart(`import { a } from './mqtt.ts'\n${sink}`)[0]!, /one sink may not know another/)
  assert.deepEqual(apart("import { a } from './mqtt.ts'"), [])
  assert.match(faults('sinks/rest.ts', "import koa from 'koa'", checkDoors)[0]!, /only ingest\/ and status\//)
  assert.match(faults('sinks/rest.ts', "import pad from 'left-pad'", checkDoors)[0]!, /no door yet/)
  const clock = (text: string) => checkCode(sourceFile('sql/x.ts', text), CLOCK, 'clock')
  assert.deepEqual(clock("// Date.now()\nconst text = 'Date.now()'\n"), [])
  assert.deepEqual(clock('const a = 1\nconst b = Date.now()'), ['src/sql/x.ts:2 clock'])
  assert.equal(clock("import { setTimeout as wait } from 'node:timers/promises'").length, 1)
})
