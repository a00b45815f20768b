// Which sinks there are: the name and options of an action in, its checked kind out.

import { didYouMean, UserError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { type CommonOptions, checkCommonOptions, commonSchema, isCommonOption, makeDelivery } from './delivery.ts'
import { fileSink } from './file.ts'
import { logSink } from './log.ts'
import { memorySink } from './memory.ts'
import { mqttSink } from './mqtt.ts'
import { nopSink } from './nop.ts'
import { checkOptions, gather, locationOf, OptionError, type OptionSchema, optionError, type Where } from './options.ts'
import { restSink } from './rest.ts'
import type { SinkContext, SinkKind } from './sink.ts'

const KINDS: readonly SinkKind[] = [logSink, nopSink, memorySink, fileSink, restSink, mqttSink]

/** Sinks of the dialect that this version refuses by name. */
export const NOT_BUILT = [
  ...['websocket', 'redis', 'redisPub', 'kafka', 'influx', 'influx2', 'sql', 'tdengine', 'tdengine3'],
  ...['edgex', 'neuron', 'zmq', 'image', 'video', 'simulator'],
] as const

const byName: ReadonlyMap<string, SinkKind> = new Map(KINDS.map(kind => [kind.name, kind]))

export function sinkKinds(): readonly SinkKind[] {
  return KINDS
}

export function sinkNames(): readonly string[] {
  return KINDS.map(kind => kind.name)
}

/**
 * The kind of sink with this name (case-sensitive).
 * @throws {UserError} RULE_ACTION for a name that is unknown or not built yet
 */
export function sinkKind(name: string, where?: Where): SinkKind {
  const kind = byName.get(name)
  if (kind) return kind
  const choice = `This version has ${sinkNames().join(', ')}.`
  if ((NOT_BUILT as readonly string[]).includes(name)) {
    throw optionError(where, [], `Sink "${name}" is not built yet.`, choice, 'key')
  }
  throw optionError(where, [], `There is no sink "${name}".`, didYouMean(name, sinkNames()) ?? choice, 'key')
}

/** One action of a rule, checked. */
export interface CheckedAction {
  readonly kind: SinkKind
  readonly common: CommonOptions
  /** the sink's own options: what its `create` takes */
  readonly own: object
}

/**
 * Checks one action whole: its name, its common and own options, its templates. Nothing is opened.
 * @param options what the file says under the sink's name; null is no options
 * @throws {UserError} RULE_ACTION or TEMPLATE_SYNTAX
 */
export function checkAction(name: string, options: unknown, where?: Where): CheckedAction {
  const kind = sinkKind(name, where)
  if (options != null && (typeof options !== 'object' || Array.isArray(options))) {
    throw optionError(where, [], `The options of sink "${name}" must be a map.`, `Write ${name}: {}, with its options.`)
  }
  const action = splitOptions(kind, (options ?? {}) as object, where)
  try {
    makeDelivery(action.common, { takes: kind.takes })
  } catch (error) {
    throw placed(error, where)
  }
  try {
    kind.create(action.own, DRY_CONTEXT)
  } catch (error) {
    throw placed(error, where)
  }
  return action
}

/** The common and the own options of an action, each checked against its schema. */
export function splitOptions(kind: SinkKind, written: object, place?: Where): CheckedAction {
  const subject = `Sink "${kind.name}"`
  const schema = kind.schema as OptionSchema
  const ownNames = new Set([...Object.keys(schema.properties), ...Object.keys(schema['x-notBuilt'] ?? {})])
  const commonNames = [...Object.keys(commonSchema.properties), ...Object.keys(commonSchema['x-notBuilt'] ?? {})]
  const { options, where } = inKnownSpelling(written, [...commonNames, ...ownNames], place)
  const own: [string, unknown][] = []
  const shared: [string, unknown][] = []
  for (const entry of Object.entries(options)) {
    // `fields` of sql or `compression` of kafka mean something else there: a sink's own word goes first.
    if (ownNames.has(entry[0]) || !isCommonOption(entry[0])) own.push(entry)
    else shared.push(entry)
  }
  const ownOptions = Object.fromEntries(own)
  const errors: UserError[] = []
  const common = gather(errors, () => checkCommonOptions(Object.fromEntries(shared), where, subject))
  gather(errors, () => checkOptions(schema, ownOptions, subject, where, Object.keys(commonSchema.properties)))
  if (errors.length > 0) throw UserError.together(errors)
  return { kind, common: common!, own: ownOptions }
}

/** eKuiper reads the names of options in any case, and its manual writes `clientId` for `clientid`. */
function inKnownSpelling(
  written: object,
  known: readonly string[],
  where: Where,
): { readonly options: object; readonly where: Where } {
  const byLowerCase = new Map(known.map(name => [name.toLowerCase(), name]))
  const writtenAs = new Map<string, string>()
  const entries = Object.entries(written).map(([name, value]): [string, unknown] => {
    const spelling = byLowerCase.get(name.toLowerCase())
    if (spelling === undefined || known.includes(name) || Object.hasOwn(written, spelling)) return [name, value]
    if (writtenAs.has(spelling)) return [name, value]
    writtenAs.set(spelling, name)
    return [spelling, value]
  })
  const asWritten = ([name, ...rest]: readonly string[]) =>
    name === undefined ? [] : [writtenAs.get(name) ?? name, ...rest]
  return { options: Object.fromEntries(entries), where: (path, part) => locationOf(where, asWritten(path), part) }
}

function placed(error: unknown, where: Where): unknown {
  const location =
    error instanceof OptionError ? locationOf(where, error.path, error.part) : locationOf(where, [], 'key')
  return error instanceof UserError && location ? error.at(location) : error
}

/** For checking only: making a sink has no effects, so none of this is ever called. */
const DRY_CONTEXT: SinkContext = {
  ruleId: '',
  log: silentLog,
  publish: () => {},
  dataDir: '',
  rootDir: '',
  property: () => undefined,
}
