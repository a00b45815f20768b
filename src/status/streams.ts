// Stream and table definitions in, eKuiper's JSON shapes of them out (spec/rules-and-sinks.md 9).

import type { StreamDefinition } from '../catalog/definition.ts'
import type { Field, FieldType } from '../core/schema.ts'
import type { DdlOption } from '../sql/ast.ts'

/** How eKuiper spells the WITH options in its answers. */
const OPTION_NAMES: Readonly<Record<DdlOption, string>> = {
  DATASOURCE: 'datasource',
  KEY: 'key',
  FORMAT: 'format',
  CONF_KEY: 'confKey',
  TYPE: 'type',
  STRICT_VALIDATION: 'strictValidation',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_FORMAT: 'timestampFormat',
  SHARED: 'shared',
  SCHEMAID: 'schemaid',
  VERSION: 'version',
  EXTRA: 'extra',
  TEMP: 'temp',
  RETAIN_SIZE: 'retainSize',
  KIND: 'kind',
  DELIMITER: 'delimiter',
}

/** Names of the streams, or of the tables of one kind. */
export function streamNames(
  streams: ReadonlyMap<string, StreamDefinition>,
  kind: 'stream' | 'table',
  tableKind?: string,
): string[] {
  return of(streams, kind, tableKind).map(stream => stream.name)
}

export function streamDetails(
  streams: ReadonlyMap<string, StreamDefinition>,
  kind: 'stream' | 'table',
  tableKind?: string,
): object[] {
  return of(streams, kind, tableKind).map(({ name, options }) => ({ name, type: options.type, format: options.format }))
}

function of(
  streams: ReadonlyMap<string, StreamDefinition>,
  kind: 'stream' | 'table',
  tableKind: string | undefined,
): StreamDefinition[] {
  return [...streams.values()]
    .filter(stream => stream.kind === kind && (tableKind === undefined || stream.options.kind === tableKind))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `GET /streams/{name}`. Option values as written in the file: a reference to a secret stays a reference. */
export function streamAnswer(stream: StreamDefinition): object {
  return {
    Name: stream.name,
    StreamFields: stream.fields.length === 0 ? null : stream.fields.map(fieldAnswer),
    Options: Object.fromEntries(
      [...stream.statement.options].map(([option, { value }]) => [
        OPTION_NAMES[option],
        option === 'RETAIN_SIZE' ? Number(value) : value,
      ]),
    ),
    StreamType: stream.kind === 'stream' ? 0 : 1,
    Statement: null,
  }
}

function fieldAnswer(field: Field): object {
  return { Name: field.name, FieldType: typeAnswer(field.type) }
}

function typeAnswer(type: FieldType): string | object {
  switch (type.kind) {
    case 'array':
      return { Type: 'array', ElementType: typeAnswer(type.item) }
    case 'struct':
      return { Type: 'struct', Fields: type.fields.map(fieldAnswer) }
    default:
      return type.kind
  }
}

/** `GET /streams/{name}/schema`: by column; empty for a stream without declared columns. */
export function schemaAnswer(fields: readonly Field[]): object {
  return Object.fromEntries(fields.map(field => [field.name, jsonType(field.type)]))
}

function jsonType(type: FieldType): object {
  switch (type.kind) {
    case 'array':
      return { type: 'array', items: jsonType(type.item) }
    case 'struct':
      return { type: 'struct', properties: schemaAnswer(type.fields) }
    default:
      return { type: type.kind }
  }
}
