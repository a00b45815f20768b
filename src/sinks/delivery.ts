// From what a rule sends on to what a sink gets: the properties that every sink shares. Emission in, messages out.
// The order is the dialect's: metadata, sendSingle, dataTemplate, dataField, fields, encode (spec/rules-and-sinks.md 3).

import { RowError } from '../core/errors.ts'
import { parseJsonLossless, writeJson } from '../core/json.ts'
import { describe } from '../core/text.ts'
import { type Cell, getOwn, isArray, isStruct, setOwn, type Value, type Values } from '../core/value.ts'
import { checkOptions, OptionError, type OptionSchema, optionError, type Where } from './options.ts'
import type { Emission, Outgoing } from './sink.ts'
import { compileTemplate, type TemplateSettings } from './template.ts'
import { TemplateError } from './template-lexer.ts'

/** The properties that every sink understands, checked and with their defaults. */
export interface CommonOptions {
  readonly sendSingle: boolean
  readonly omitIfEmpty: boolean
  readonly fields: readonly string[] | undefined
  readonly excludeFields: readonly string[] | undefined
  readonly dataField: string | undefined
  readonly dataTemplate: string | undefined
  /** messages that wait in front of the sink; undefined: as many as the rule says */
  readonly bufferLength: number | undefined
}

export const commonSchema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    sendSingle: { type: 'boolean', default: false, description: 'one message per row instead of one array' },
    omitIfEmpty: {
      type: 'boolean',
      default: false,
      description: 'leave out rows without columns, and send nothing when no row is left',
    },
    dataTemplate: {
      type: 'string',
      description: 'what is sent instead of JSON: a Go text/template over the row (sendSingle) or the array of rows',
    },
    format: { type: 'string', enum: ['json'], default: 'json', description: 'how messages are encoded' },
    fields: { type: 'array', items: { type: 'string' }, description: 'keep only these keys; missing ones become null' },
    excludeFields: { type: 'array', items: { type: 'string' }, description: 'drop these keys' },
    dataField: { type: 'string', description: 'send only what this key of the row holds' },
    tableDataField: { type: 'string', description: 'old name of dataField' },
    bufferLength: {
      type: 'integer',
      minimum: 0,
      default: 1024,
      description:
        'messages that may wait in front of the sink before the rule waits; unless given, the rule option of this name counts',
    },
    concurrency: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'has no effect: messages are sent in order, one by one',
    },
    runAsync: { type: 'boolean', description: 'has no effect; allowed in old files' },
  },
  'x-notBuilt': {
    schemaId: '',
    delimiter: ',',
    hasHeader: false,
    batchSize: 0,
    lingerInterval: 0,
    compression: '',
    compressionProps: undefined,
    encryption: '',
    encProps: undefined,
    enableCache: false,
    memoryCacheThreshold: 1024,
    maxDiskCache: 1024000,
    bufferPageSize: 256,
    resendInterval: 0,
    cleanCacheAtStop: false,
    resendAlterQueue: false,
    resendPriority: 0,
    resendIndicatorField: '',
    resendDestination: '',
    resourceId: '',
    connectionSelector: '',
  },
}

const FORMATS_NOT_BUILT = ['binary', 'delimited', 'urlencoded', 'protobuf', 'custom']

/** True for the names of section 3 of the spec, built or not: the rest are the sink's own options. */
export function isCommonOption(name: string): boolean {
  return Object.hasOwn(commonSchema.properties, name) || Object.hasOwn(commonSchema['x-notBuilt']!, name)
}

/**
 * Reads the common properties out of an action's options; other options are left alone.
 * @param subject how messages name the action: `Sink "rest"`
 * @throws {UserError} RULE_ACTION for a value that cannot be or a property that is not built yet,
 *   TEMPLATE_SYNTAX for a dataTemplate that does not parse
 */
export function checkCommonOptions(options: object, where?: Where, subject = 'This sink'): CommonOptions {
  const given = options as { readonly [name: string]: any }
  const common = Object.fromEntries(Object.entries(given).filter(([name]) => isCommonOption(name)))
  if (FORMATS_NOT_BUILT.includes(common['format'])) {
    throw optionError(where, ['format'], `${subject}: format "${common['format']}" is not built yet.`, 'Use json.')
  }
  checkOptions(commonSchema, common, subject, where)
  const fields = nonEmpty(common['fields'])
  const excludeFields = nonEmpty(common['excludeFields'])
  if (fields && excludeFields) {
    throw optionError(
      where,
      ['excludeFields'],
      `${subject}: "fields" and "excludeFields" exclude each other.`,
      'Leave one of them out.',
      'key',
    )
  }
  const dataField = common['dataField'] || common['tableDataField'] || undefined
  return {
    sendSingle: common['sendSingle'] ?? false,
    omitIfEmpty: common['omitIfEmpty'] ?? false,
    fields,
    excludeFields,
    dataField,
    dataTemplate: common['dataTemplate'] || undefined,
    bufferLength: common['bufferLength'],
  }
}

function nonEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list && list.length > 0 ? list : undefined
}

/** The messages of an emission, in order; an Error stands for a message that could not be made. */
export type Delivery = (emission: Emission) => readonly (Outgoing | Error)[]

export interface DeliverySettings extends TemplateSettings {
  /** `rows` for tuple sinks, `bytes` for byte sinks */
  readonly takes: 'rows' | 'bytes'
  /** rule option sendMetaToSink: rows get `__meta` */
  readonly sendMeta?: boolean
}

/**
 * Compiles the common properties of one action.
 * @throws {UserError} TEMPLATE_SYNTAX for a dataTemplate that does not parse
 */
export function makeDelivery(options: CommonOptions, settings: DeliverySettings): Delivery {
  const encode = encoder(options, settings)
  const single = (data: Values | readonly Values[]): Outgoing | Error => {
    try {
      return encode(data)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
  return emission => {
    if (emission.error !== undefined) return [errorMessage(emission.error, settings.takes)]
    let rows = emission.rows
    if (options.omitIfEmpty && rows.length === 0) return NOTHING
    if (settings.sendMeta && emission.meta) {
      const meta = emission.meta
      rows = rows.map(row => ({ ...row, __meta: meta }))
    }
    if (!options.sendSingle) return [single(rows)]
    if (options.omitIfEmpty) rows = rows.filter(row => Object.keys(row).length > 0)
    return rows.map(single)
  }
}
const NOTHING: readonly Outgoing[] = []

/** Option sendError: byte sinks get the bare text, tuple sinks a row. */
function errorMessage(text: string, takes: 'rows' | 'bytes'): Outgoing {
  const row = { error: text }
  return { payload: takes === 'bytes' ? text : undefined, rows: [row], data: row, isError: true }
}

type Encode = (data: Values | readonly Values[]) => Outgoing

function encoder(options: CommonOptions, settings: DeliverySettings): Encode {
  const template =
    options.dataTemplate === undefined ? undefined : templateAt(options.dataTemplate, ['dataTemplate'], settings)
  const selects = options.fields !== undefined || options.excludeFields !== undefined || options.dataField !== undefined
  if (template && !selects && settings.takes === 'bytes') {
    return data => ({ payload: template(data), rows: asRows(data), data, isError: false })
  }
  return data => {
    const input = template ? parseOutput(template(data)) : data
    const value = selects ? select(input, options) : input
    if (settings.takes === 'rows') return { payload: undefined, rows: rowsOf(value), data, isError: false }
    refuseNonFinite(value)
    return { payload: writeJson(value), rows: asRows(data), data, isError: false }
  }
}

function asRows(data: Values | readonly Values[]): readonly Values[] {
  return Array.isArray(data) ? data : [data as Values]
}

function parseOutput(text: string): Value {
  try {
    return parseJsonLossless(text)
  } catch (cause) {
    const start = text.length > 60 ? `${text.slice(0, 60)}…` : text
    throw new RowError(`the output of dataTemplate is not JSON (${(cause as Error).message}): ${start}`)
  }
}

function select(input: Value, options: CommonOptions): Value {
  const value = options.dataField === undefined ? input : underKey(input, options.dataField)
  const { fields, excludeFields } = options
  if (fields) return eachStruct(value, row => keep(row, fields))
  if (excludeFields) return eachStruct(value, row => drop(row, excludeFields))
  return value
}

/** What stands under the key: of the object, or of the first object of an array. */
function underKey(input: Value, key: string): Value {
  // An empty window has no first element; it stays what it is.
  if (isArray(input) && input.length === 0) return input
  const holder: Cell = isArray(input) ? input[0] : input
  if (!isStruct(holder)) throw new RowError(`dataField "${key}": expected an object, got ${describe(holder)}`)
  const value = getOwn(holder, key)
  if (value === undefined) throw new RowError(`dataField "${key}" is missing`)
  return value
}

function eachStruct(value: Value, change: (row: Values) => Values): Value {
  if (isStruct(value)) return change(value)
  if (!isArray(value)) throw new RowError(`expected an object or a list of objects, got ${describe(value)}`)
  return value.map(item => {
    if (!isStruct(item)) throw new RowError(`expected a list of objects, got ${describe(item)}`)
    return change(item)
  })
}

function keep(row: Values, names: readonly string[]): Values {
  const kept: Record<string, Value> = {}
  for (const name of names) setOwn(kept, name, getOwn(row, name) ?? null)
  return kept
}

function drop(row: Values, names: readonly string[]): Values {
  const kept: Record<string, Value> = {}
  for (const name of Object.keys(row)) if (!names.includes(name)) setOwn(kept, name, row[name]!)
  return kept
}

function rowsOf(value: Value): readonly Values[] {
  if (isStruct(value)) return [value]
  if (isArray(value) && value.every(isStruct)) return value as readonly Values[]
  throw new RowError(`this sink takes rows, got ${describe(value)}`)
}

/** JSON has no NaN and no infinity; sending null in their place would be a lie (spec 3: they fail the message). */
function refuseNonFinite(value: Cell): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RowError(`${describe(value)} cannot be written as JSON`)
  } else if (isArray(value)) {
    for (const item of value) refuseNonFinite(item)
  } else if (isStruct(value)) {
    for (const name in value) refuseNonFinite(value[name])
  }
}

/** A text option that may be a template over the row or the array (spec 3.1). */
export interface DynamicText {
  /** true: computed per message from data; false: as written in the file */
  readonly isDynamic: boolean
  of(data: Values | readonly Values[]): string
}

/**
 * @param path of the option, for the place of a fault
 * @throws {UserError} TEMPLATE_SYNTAX when the text holds `{{` and does not parse
 */
export function dynamicText(option: string, path: readonly string[], settings?: TemplateSettings): DynamicText {
  if (!option.includes('{{')) return { isDynamic: false, of: () => option }
  const template = templateAt(option, path, settings)
  return { isDynamic: true, of: template }
}

function templateAt(text: string, path: readonly string[], settings?: TemplateSettings) {
  try {
    return compileTemplate(text, settings)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const { code, what, fix, offset } = error
    throw new OptionError({ code, what, ...(fix === undefined ? {} : { fix }) }, path, offset)
  }
}
