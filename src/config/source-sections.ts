// etc/sources/<type>.yaml in, the properties of streams and tables of that type out; httppush.ts reads its own.

import type { SectionType, SourceConfigs, SourceSections } from '../catalog/catalog.ts'
import type { SourceProperties } from '../catalog/definition.ts'
import { parseDuration } from '../core/duration.ts'
import type { UserError } from '../core/errors.ts'
import type { FileText } from '../core/location.ts'
import { type Environment, readOverrides } from './environment.ts'
import { HTTPPUSH_PATH, HTTPPUSH_RULES, readHttpPush } from './httppush.ts'
import { openConfig } from './open.ts'
import { readSections, type SectionRules, Sections } from './sections.ts'
import { check } from './validate.ts'

/** The types whose file holds nothing but sections. */
export const PLAIN_TYPES = ['memory', 'redis', 'sql', 'file'] as const
export type PlainType = (typeof PLAIN_TYPES)[number]

const NO_CACHE = { cache: false, cacheTtl: 0, cacheMissingKey: false } as const

const BUILT_IN: Readonly<Record<PlainType, SourceProperties>> = {
  memory: { lookup: NO_CACHE },
  redis: {
    addr: '127.0.0.1:6379',
    username: '',
    password: '',
    dataType: 'string',
    connectTimeout: 5000,
    queryTimeout: 5000,
    lookup: NO_CACHE,
  },
  sql: { maxConnections: 4, connectTimeout: 5000, queryTimeout: 5000, lookup: NO_CACHE },
  file: { fileType: 'json', path: 'data', hasHeader: false, columns: [], ignoreStartLines: 0, ignoreEndLines: 0 },
}

/** Older and newer spellings of one key, as the dialect's manuals show them. */
const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  url: 'dburl',
  datatype: 'dataType',
  templateSql: 'TemplateSql',
}
const DURATIONS: readonly string[] = ['connectTimeout', 'queryTimeout', 'cacheTtl', 'interval']

export const SECTION_RULES: Readonly<Record<SectionType, SectionRules>> = {
  httppush: HTTPPUSH_RULES,
  memory: rulesOf('memory'),
  redis: rulesOf('redis'),
  sql: rulesOf('sql'),
  file: rulesOf('file'),
}

/** Of every file that holds sections, relative to the root folder. */
export const SOURCE_PATHS: readonly string[] = [HTTPPUSH_PATH, ...PLAIN_TYPES.map(type => SECTION_RULES[type].path)]

/** What the types' files say when there are none. */
export const BUILT_IN_SOURCES: SourceConfigs = {
  httppush: readHttpPush(undefined).config,
  memory: readSourceSections('memory', undefined).config,
  redis: readSourceSections('redis', undefined).config,
  sql: readSourceSections('sql', undefined).config,
  file: readSourceSections('file', undefined).config,
}

export interface SourceSectionsResult {
  readonly config: SourceSections
  /** `section` is undefined where the whole file is at fault */
  readonly errors: readonly { readonly section: string | undefined; readonly error: UserError }[]
  readonly warnings: readonly UserError[]
}

/** @param file undefined: the file is missing, so all defaults hold */
export function readSourceSections(
  type: PlainType,
  file: FileText | undefined,
  env: Environment = {},
): SourceSectionsResult {
  const rules = SECTION_RULES[type]
  const opened = openConfig(rules.schema, rules.path, file, readOverrides(env, type.toUpperCase()), env)
  const { document, warnings } = opened
  const value = document?.value
  if (!document || typeof value !== 'object' || value === null || Array.isArray(value)) {
    const errors = document ? check(rules.schema, document) : opened.errors
    const config = new Sections(rules, new Map(), errors)
    return { config, errors: errors.map(error => ({ section: undefined, error })), warnings }
  }
  const sections = readSections(document, opened, rules)
  const errors = [...sections].flatMap(([section, part]) => part.errors.map(error => ({ section, error })))
  return { config: new Sections(rules, sections), errors, warnings }
}

function rulesOf(type: PlainType): SectionRules {
  return {
    schema: type,
    part: `/$defs/${type}Section`,
    path: `etc/sources/${type}.yaml`,
    builtIn: BUILT_IN[type],
    normalise,
  }
}

/** One spelling for each key, durations in ms, and no key that is there but empty. */
function normalise(properties: SourceProperties): SourceProperties {
  const normal: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(properties)) {
    if (value === null) continue
    const name = Object.hasOwn(OTHER_SPELLINGS, key) ? OTHER_SPELLINGS[key]! : key
    // Where both spellings stand side by side, the dialect's own one wins.
    if (name !== key && properties[name] != null) continue
    normal[name] = DURATIONS.includes(name) ? (parseDuration(value) ?? value) : normalPart(value)
  }
  return normal
}

function normalPart(value: unknown): unknown {
  return typeof value === 'object' && !Array.isArray(value) ? normalise(value as SourceProperties) : value
}
