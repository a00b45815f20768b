// One file of rules/ in, a rule definition or its errors out (spec/rules-and-sinks.md 1, 2).

import type { RuleAction, RuleDefinition, RuleOptions } from '../catalog/definition.ts'
import { UserError } from '../core/errors.ts'
import type { FileText, Location } from '../core/location.ts'
import { checkReferences, hasReference, type LookUp, resolveReferences } from './references.ts'
import { ruleOptions } from './rule-options.ts'
import { scheduleErrors } from './schedule-check.ts'
import { check, valueAt } from './validate.ts'
import { type Path, readYaml, type YamlDocument } from './yaml.ts'

/** @param part of the option: its key, its value, or so many characters into its text */
export type LocateOption = (path: Path, part: 'key' | 'value' | number) => Location

/** Checks the options of one action, with references resolved. Throws UserError. */
export type CheckAction = (sink: string, options: object, locate: LocateOption) => void

export interface RuleContext {
  /** options of a rule that says nothing itself: `rule:` of etc/sluice.yaml */
  readonly defaults: RuleOptions
  readonly lookUp: LookUp
  readonly checkAction: CheckAction
}

export interface RuleResult {
  /** the rule's id, when that much could be read */
  readonly id: string | undefined
  /** absent when there are errors */
  readonly rule: RuleDefinition | undefined
  /** the rule; with errors as much of it as its SQL can be checked by, so that all errors are found at once */
  readonly draft: RuleDefinition | undefined
  /** condenses the resolved secrets; '' without references */
  readonly secrets: string
  readonly errors: readonly UserError[]
  readonly warnings: readonly UserError[]
}

interface Written {
  readonly id?: string | number
  readonly name?: string | null
  readonly sql: string
  readonly actions: readonly Readonly<Record<string, Readonly<Record<string, unknown>> | null>>[]
  readonly options?: Readonly<Record<string, unknown>> | null
  readonly triggered?: boolean
  readonly version?: string | number
  readonly tags?: readonly string[] | null
}

export function readRule(file: FileText, context: RuleContext): RuleResult {
  let document: YamlDocument
  try {
    document = readYaml(file)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { id: undefined, rule: undefined, draft: undefined, secrets: '', errors: [error], warnings: [] }
  }
  const found = document.value === null ? [emptyFile(document)] : shapeErrors(document)
  const errors = found.filter(error => !isStrange(error))
  const warnings = found.filter(isStrange).map(ignored)
  const { id, error: idError } = idOf(document)
  if (idError) errors.push(idError)
  const hasSoundShape = errors.length === 0
  if (id === undefined || !isReadable(document.value)) {
    return { id, rule: undefined, draft: undefined, secrets: '', errors, warnings }
  }
  const written = document.value
  const references = checkReferences(written.actions, context.lookUp, path => document.locate(['actions', ...path]))
  errors.push(...references.errors)
  errors.push(...actionErrors(written, document, context))
  const rule: RuleDefinition = {
    kind: 'rule',
    id,
    name: written.name ?? '',
    location: document.locate(['id'], 'key'),
    text: ruleText(id, written),
    sql: document.textAt(['sql']),
    actions: actionsOf(written, document),
    options: hasSoundShape ? ruleOptions(written.options, context.defaults) : context.defaults,
    triggered: written.triggered ?? true,
    tags: written.tags ?? [],
    version: String(written.version ?? ''),
  }
  return {
    id,
    rule: errors.length > 0 ? undefined : rule,
    draft: errors.length > 0 ? { ...rule, actions: [] } : rule,
    secrets: references.fingerprint,
    errors,
    warnings: [...warnings, ...(hasSoundShape ? warningsOf(written, document, context.defaults) : [])],
  }
}

/** Whether SQL and actions can be looked at, whatever else is wrong. */
function isReadable(value: unknown): value is Written {
  const isBlock = (item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item)
  if (!isBlock(value)) return false
  const { sql, actions } = value as { readonly sql?: unknown; readonly actions?: unknown }
  if (typeof sql !== 'string' || !Array.isArray(actions)) return false
  return actions.every(action => isBlock(action) && Object.values(action).every(o => o === null || isBlock(o)))
}

/** A graph, or a whole ruleset, is one thing to be said and not the several that it lacks or has too much. */
function shapeErrors(document: YamlDocument): UserError[] {
  const has = (key: string) =>
    typeof document.value === 'object' && document.value !== null && Object.hasOwn(document.value, key)
  if (has('rules') && !has('sql')) {
    return [
      new UserError({
        code: 'CONFIG_VALUE',
        what: 'This is an export of several objects, not one rule.',
        fix: 'Write each of its rules as a file of its own here, and its streams and tables into streams/*.sql.',
        location: document.locate(['rules'], 'key'),
      }),
    ]
  }
  const errors = check('rule', document)
  if (errors.length === 0) errors.push(...scheduleErrors(optionsOf(document.value), document))
  const graph = errors.find(error => error.what === '"graph" is not built yet.')
  if (!graph) return errors
  const others = errors.filter(error => error !== graph && !/^The key "(sql|actions)" is missing\.$/.test(error.what))
  const fix = has('sql') ? 'Leave it out.' : 'Write the rule as sql: and actions:.'
  return [
    new UserError({ code: graph.code, what: graph.what, fix, location: document.locate(['graph'], 'key') }),
    ...others,
  ]
}

function optionsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (value as Partial<Written>).options ?? {}
}

/** A key of the rule that is not even like one that means something: eKuiper ignores it (spec/rules-and-sinks.md 1). */
function isStrange(error: UserError): boolean {
  return error.code === 'CONFIG_UNKNOWN_KEY' && error.fix === undefined
}

function ignored(error: UserError): UserError {
  return error.with({ what: error.what.replace(/ means nothing here\.$/, ' means nothing here and is ignored.') })
}

function emptyFile(document: YamlDocument): UserError {
  return new UserError({
    code: 'CONFIG_VALUE',
    what: 'The file is empty.',
    fix: 'Write the rule, or delete the file.',
    location: document.locate([]),
  })
}

/** The id as written, else the file's name without folder and extension. */
function idOf(document: YamlDocument): { id: string | undefined; error?: UserError } {
  const value = document.value
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'id')) {
    const id = (value as { id: unknown }).id
    const text = typeof id === 'string' || Number.isSafeInteger(id) ? String(id) : ''
    // A malformed id has been reported by the schema.
    return { id: /^[A-Za-z0-9_-]+$/.test(text) ? text : undefined }
  }
  const name = document.file.path.replace(/^.*\//, '').replace(/\.(?:ya?ml|json)$/i, '')
  if (/^[A-Za-z0-9_-]+$/.test(name)) return { id: name }
  return {
    id: undefined,
    error: new UserError({
      code: 'RULE_ID',
      what: `The rule has no id, and its file's name, "${name}", cannot be one.`,
      fix: 'Write id: with letters, digits, _ and -, or rename the file.',
      location: document.locate([]),
    }),
  }
}

function actionsOf(written: Written, document: YamlDocument): RuleAction[] {
  return written.actions.flatMap((action, i) =>
    Object.entries(action).map(([sink, options]) => ({
      sink,
      options: options ?? {},
      location: document.locate(['actions', i, sink], 'key'),
    })),
  )
}

function actionErrors(written: Written, document: YamlDocument, context: RuleContext): UserError[] {
  const errors: UserError[] = []
  written.actions.forEach((action, i) => {
    for (const [sink, options] of Object.entries(action)) {
      const at: Path = ['actions', i, sink]
      const locate: LocateOption = (path, part) => locateOption(document, at, path, part)
      // Without its references nothing can be said of it, and that they are missing has been said.
      if (checkReferences(options, context.lookUp, path => locate(path, 'key')).errors.length > 0) continue
      try {
        context.checkAction(sink, resolveReferences(options ?? {}, context.lookUp), locate)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        for (const each of error.all()) {
          errors.push(withoutSecrets(each, options ?? {}, context.lookUp).at(document.locate(at, 'key')))
        }
      }
    }
  })
  return errors
}

/** The action itself is pointed at by its sink's name. */
function locateOption(document: YamlDocument, at: Path, path: Path, part: 'key' | 'value' | number): Location {
  const whole = [...at, ...path]
  if (path.length === 0) return document.locate(at, 'key')
  if (typeof part !== 'number') return document.locate(whole, part)
  // Behind a reference offsets count in another text than the file's.
  const isWritten = typeof valueAt(document.value, whole) === 'string' && !hasReference(valueAt(document.value, whole))
  return isWritten ? document.textAt(whole).locate({ start: part, end: part + 1 }) : document.locate(whole)
}

/** A sink's complaint may quote the value it was given; where that came from a reference, the reference is quoted. */
function withoutSecrets(error: UserError, options: object, lookUp: LookUp): UserError {
  const secrets = [...JSON.stringify(options).matchAll(/\$\{(env|file):([^{}"]*)\}/g)]
    .map(([reference, kind, name]) => ({ reference, secret: lookUp(kind as 'env' | 'file', name!) }))
    .filter(({ secret }) => typeof secret === 'string' && secret !== '') as { reference: string; secret: string }[]
  // Longest first: a short secret may be part of a longer one.
  secrets.sort((a, b) => b.secret.length - a.secret.length)
  const hide = (text: string) =>
    secrets.reduce((t, { reference, secret }) => t.replaceAll(secret, () => reference), text)
  return new UserError({
    code: error.code,
    what: hide(error.what),
    ...(error.why === undefined ? {} : { why: hide(error.why) }),
    ...(error.fix === undefined ? {} : { fix: hide(error.fix) }),
    ...(error.location === undefined ? {} : { location: error.location }),
  })
}

/** Options that only event time has a use for. */
const OF_EVENT_TIME = ['lateTolerance', 'lateTopic', 'idleTimeout', 'futureTolerance', 'maxWaitingRows']

/** Options that are written and change nothing. */
function warningsOf({ options }: Written, document: YamlDocument, defaults: RuleOptions): UserError[] {
  if (!options) return []
  const warn = (option: string, what: string, fix: string) =>
    new UserError({ code: 'RULE_OPTION', what, fix, location: document.locate(['options', option], 'key') })
  const warnings: UserError[] = []
  if (Object.hasOwn(options, 'experiment')) {
    warnings.push(warn('experiment', 'The option "experiment" is ignored.', 'Leave it out: nothing reads it.'))
  }
  if (ruleOptions(options, defaults).isEventTime) return warnings
  const idle = OF_EVENT_TIME.filter(option => Object.hasOwn(options, option))
  for (const option of idle) {
    const what = `The option "${option}" has no effect: the rule runs in processing time.`
    warnings.push(warn(option, what, 'Add isEventTime: true, or leave it out.'))
  }
  return warnings
}

const KEY_ORDER = ['id', 'name', 'sql', 'actions', 'options', 'triggered', 'version', 'temp', 'tags'] as const

/** The document as JSON in a fixed order of keys: what is shown, and what tells a change from a new layout. */
function ruleText(id: string, written: Written): string {
  const given = { ...written, id } as Readonly<Record<string, unknown>>
  const entries = KEY_ORDER.filter(key => given[key] != null).map(key => {
    // The sinks of one action keep their order: metrics count them by it.
    if (key === 'actions')
      return [key, written.actions.map(action => mapValues(action, options => sorted(options ?? {})))]
    return [key, key === 'sql' ? written.sql.trim() : sorted(given[key])]
  })
  return JSON.stringify(Object.fromEntries(entries))
}

function mapValues(value: object, change: (value: unknown) => unknown): unknown {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
