// Columns of every kind that a database has, what stands in them, and what comes out: in the zone Europe/Berlin.

import type { Value } from '../../src/core/value.ts'

export interface KindCase {
  readonly type: string
  /** as SQL writes it */
  readonly literal: string
  readonly value: Value
  /** whether a question with the value finds the row; default true */
  readonly asks?: false
}

const berlin = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime('Europe/Berlin')
const bytes = new Uint8Array([0, 39, 255])
const JSON_TEXT = `'{"a": [1.5, 9007199254740993], "b": null}'`
const JSON_VALUE = { a: [1.5, 9007199254740993n], b: null }

export const KIND_CASES: Readonly<Record<string, readonly KindCase[]>> = {
  PostgreSQL: [
    { type: 'SMALLINT', literal: '-5', value: -5n },
    { type: 'BIGINT', literal: '-9223372036854775808', value: -(2n ** 63n) },
    { type: 'DOUBLE PRECISION', literal: '0.1', value: 0.1 },
    { type: 'REAL', literal: '0.5', value: 0.5 },
    { type: 'NUMERIC(10,2)', literal: '12.30', value: 12.3 },
    { type: 'NUMERIC', literal: '9007199254740993', value: 9007199254740993n },
    { type: 'BOOLEAN', literal: 'true', value: true },
    { type: 'TEXT', literal: "'it''s 漢'", value: "it's 漢" },
    { type: 'UUID', literal: "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", value: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' },
    { type: 'BYTEA', literal: "'\\x0027ff'", value: bytes },
    { type: 'TIMESTAMPTZ', literal: "'2026-07-01 10:00:00.123456Z'", value: berlin('2026-07-01T12:00:00.123456') },
    { type: 'TIMESTAMP', literal: "'2026-07-01 10:00:00'", value: berlin('2026-07-01T10:00') },
    { type: 'DATE', literal: "'2026-07-01'", value: berlin('2026-07-01T00:00') },
    { type: 'TIME', literal: "'10:20:30'", value: '10:20:30' },
    { type: 'JSONB', literal: JSON_TEXT, value: JSON_VALUE },
    { type: 'JSON', literal: JSON_TEXT, value: JSON_VALUE, asks: false },
    { type: 'BIGINT[]', literal: "'{1,NULL,9007199254740993}'", value: [1n, null, 9007199254740993n], asks: false },
    {
      type: 'TEXT[]',
      literal: `'{{a,"b c"},{"\\"",NULL}}'`,
      value: [
        ['a', 'b c'],
        ['"', null],
      ],
      asks: false,
    },
  ],
  MariaDB: [
    { type: 'TINYINT', literal: '-5', value: -5n },
    { type: 'BIGINT', literal: '-9223372036854775808', value: -(2n ** 63n) },
    { type: 'BIGINT UNSIGNED', literal: '18446744073709551615', value: 2 ** 64, asks: false },
    { type: 'DOUBLE', literal: '0.1', value: 0.1 },
    { type: 'FLOAT', literal: '0.1', value: 0.1, asks: false },
    { type: 'DECIMAL(10,2)', literal: '12.30', value: 12.3 },
    { type: 'DECIMAL(20,0)', literal: '9007199254740993', value: 9007199254740993n },
    { type: 'BIT(1)', literal: "b'1'", value: true },
    { type: 'BIT(9)', literal: '257', value: 257n },
    { type: 'BOOLEAN', literal: 'true', value: 1n },
    { type: 'TEXT', literal: "'it''s 漢'", value: "it's 漢" },
    { type: "ENUM('a','b')", literal: "'b'", value: 'b' },
    { type: 'BLOB', literal: "x'0027ff'", value: bytes },
    { type: 'DATETIME(6)', literal: "'2026-07-01 10:00:00.123456'", value: berlin('2026-07-01T10:00:00.123456') },
    // The number needs no zone of the one who writes.
    { type: 'TIMESTAMP NULL', literal: 'FROM_UNIXTIME(1782892800)', value: berlin('2026-07-01T10:00') },
    { type: 'DATE', literal: "'2026-07-01'", value: berlin('2026-07-01T00:00') },
    { type: 'TIME', literal: "'10:20:30'", value: '10:20:30' },
    { type: 'JSON', literal: JSON_TEXT, value: JSON_VALUE, asks: false },
  ],
  SQLite: [
    { type: 'INTEGER', literal: '-9223372036854775808', value: -(2n ** 63n) },
    { type: 'REAL', literal: '0.1', value: 0.1 },
    { type: 'DECIMAL(10,2)', literal: '12.00', value: 12 },
    { type: 'BOOLEAN', literal: '1', value: true },
    { type: 'TEXT', literal: "'it''s 漢'", value: "it's 漢" },
    { type: 'BLOB', literal: "x'0027ff'", value: bytes },
    { type: 'DATETIME', literal: "'2026-07-01 10:00:00'", value: berlin('2026-07-01T10:00'), asks: false },
    { type: 'TIMESTAMP', literal: "'2026-07-01T10:00:00Z'", value: berlin('2026-07-01T12:00'), asks: false },
    { type: 'JSON', literal: JSON_TEXT, value: JSON_VALUE, asks: false },
    { type: '', literal: '1.5', value: 1.5 },
  ],
}
