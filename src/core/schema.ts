// The types a column may be declared with (spec/sql.md 3).

export const SCALAR_TYPES = ['bigint', 'float', 'string', 'datetime', 'boolean', 'bytea'] as const
export type ScalarType = (typeof SCALAR_TYPES)[number]

export type FieldType =
  | { readonly kind: ScalarType }
  | { readonly kind: 'array'; readonly item: FieldType }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }

export interface Field {
  readonly name: string
  readonly type: FieldType
  /** DEFAULT literal, already converted to the field's type; only for bigint, float, string and boolean */
  readonly default?: bigint | number | string | boolean
}

/** `ARRAY(STRUCT(a BIGINT))`: a type as the dialect writes it. */
export function typeText(type: FieldType): string {
  switch (type.kind) {
    case 'array':
      return `ARRAY(${typeText(type.item)})`
    case 'struct':
      return `STRUCT(${type.fields.map(f => `${f.name} ${typeText(f.type)}`).join(', ')})`
    default:
      return type.kind.toUpperCase()
  }
}
