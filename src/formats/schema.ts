// A decoded row and the declared columns in; the row in declared types, out. The step between journal and rule for
// every stream with a schema, so it is generated: one function a schema, column names as constants.

import { RowError } from '../core/errors.ts'
import { parseJsonLossless } from '../core/json.ts'
import type { Field, FieldType } from '../core/schema.ts'
import { getOwn, isStruct, setOwn, type Value, type Values } from '../core/value.ts'
import * as convert from './schema-convert.ts'

export interface SchemaOptions {
  /** STRICT_VALIDATION: spec/sql.md 3.3 instead of 3.2 */
  readonly strict: boolean
  /** TIMESTAMP_FORMAT: tried first on the text of strict DATETIME columns */
  readonly timestampFormat?: string
  /** IANA zone of texts that name none */
  readonly zone: string
  /** only these columns are decoded and come out; absent: all that are declared */
  readonly columns?: ReadonlySet<string>
}

/**
 * @param nowMs the row's time, ms since 1970 UTC, for strict DATETIME texts without a date
 * @throws {RowError} a value does not have, and cannot be given, its declared type
 */
export type SchemaDecoder = (values: Values, nowMs?: number) => Values

/** Makes the decoder of a schema. Undeclared columns are dropped, absent ones stay absent, unless strict has it otherwise. */
export function makeSchemaDecoder(fields: readonly Field[], options: SchemaOptions): SchemaDecoder {
  const { columns } = options
  const wanted = columns ? fields.filter(field => columns.has(field.name)) : fields
  return structDecoder(wanted, options)
}

type Converter = (value: Value, name: string, holder: object, key: string | number, nowMs: number | undefined) => Value

/**
 * One line of generated code a column: `v = values["a"]; if (v !== undefined) out["a"] = …`.
 * @param above where the struct stands, for messages: `size.`; nothing for the row itself
 */
function structDecoder(fields: readonly Field[], options: SchemaOptions, above = ''): SchemaDecoder {
  const converters = fields.map(field =>
    (options.strict ? strictConverter : lenientConverter)(field.type, options, above + field.name),
  )
  const lines = fields.map((field, i) => {
    const name = JSON.stringify(field.name)
    const path = JSON.stringify(above + field.name)
    const write = (value: string) =>
      field.name === '__proto__' ? `setOwn(out, ${name}, ${value})` : `out[${name}] = ${value}`
    const absent = options.strict
      ? field.default === undefined
        ? `missing(${path})`
        : write(`fields[${i}].default`)
      : ''
    const converted = `c${i}(v, ${path}, values, ${name}, nowMs)`
    const quick = QUICK[field.type.kind]
    const present = write(quick ? `${quick} ? v : ${converted}` : converted)
    // Names every object inherits (`constructor`) are columns only when they are the row's own.
    const read = field.name in Object.prototype ? `getOwn(values, ${name})` : `values[${name}]`
    return `  v = ${read}\n  if (v !== undefined) ${present}${absent && `\n  else ${absent}`}`
  })
  const names = converters.map((_, i) => `c${i}`)
  const code = `return (values, nowMs) => {\n  const out = {}\n  let v\n${lines.join('\n')}\n  return out\n}`
  return new Function('getOwn', 'setOwn', 'missing', 'fields', ...names, code)(
    getOwn,
    setOwn,
    missing,
    fields,
    ...converters,
  )
}

/** When a JSON value `v` is already of its declared type; both tables agree on these. */
const QUICK: Readonly<Partial<Record<FieldType['kind'], string>>> = {
  // `1e999` is read as an infinity, and no JSON could be made of it again
  float: 'typeof v === "number" && v - v === 0',
  string: 'typeof v === "string"',
  boolean: 'typeof v === "boolean"',
}

function missing(name: string): never {
  throw new RowError(`error in preprocessor: field ${name} is not found`)
}

/** @param path of what is converted, as messages name it: `readings[].value` */
function lenientConverter(type: FieldType, options: SchemaOptions, path: string): Converter {
  switch (type.kind) {
    case 'bigint':
      return convert.lenientBigint
    case 'float':
      return convert.lenientFloat
    case 'string':
      return convert.lenientString
    case 'boolean':
      return convert.lenientBoolean
    case 'datetime':
      return convert.lenientDatetime
    case 'bytea':
      return convert.lenientBytea
    case 'array': {
      const inside = `${path}[]`
      const item = lenientConverter(type.item, options, inside)
      return (value, name, _holder, _key, nowMs) => {
        if (value === null) return null
        if (!Array.isArray(value)) throw convert.wrongType(name, value, 'array')
        return value.map((v, i) => (v === null ? null : item(v, inside, value, i, nowMs)))
      }
    }
    case 'struct': {
      const decode = structDecoder(type.fields, options, `${path}.`)
      return (value, name, _holder, _key, nowMs) => {
        if (value === null) return null
        if (!isStruct(value)) throw convert.wrongType(name, value, 'struct')
        return decode(value, nowMs)
      }
    }
  }
}

function strictConverter(type: FieldType, options: SchemaOptions, path: string): Converter {
  switch (type.kind) {
    case 'bigint':
      return convert.strictBigint
    case 'float':
      return convert.strictFloat
    case 'string':
      return convert.strictString
    case 'boolean':
      return convert.strictBoolean
    case 'bytea':
      return convert.strictBytea
    case 'datetime':
      return (value, name, _holder, _key, nowMs) =>
        convert.strictDatetime(value, name, options.zone, options.timestampFormat, nowMs)
    case 'array': {
      const inside = `${path}[]`
      const item = strictConverter(type.item, options, inside)
      return (value, name, _holder, _key, nowMs) => {
        if (value === null) return null
        if (!Array.isArray(value)) throw convert.mismatch(name, value, 'array')
        return value.map((v, i) => item(v, inside, value, i, nowMs))
      }
    }
    case 'struct': {
      const decode = structDecoder(type.fields, options, `${path}.`)
      return (value, name, _holder, _key, nowMs) => {
        if (value === null) return null
        const struct = typeof value === 'string' ? parseStruct(value) : value
        if (!isStruct(struct)) throw convert.mismatch(name, value, 'struct')
        return decode(struct, nowMs)
      }
    }
  }
}

/** A STRUCT may arrive as JSON text when strict; anything else comes back as it is and is refused above. */
function parseStruct(text: string): Value {
  try {
    return parseJsonLossless(text)
  } catch {
    return text
  }
}
