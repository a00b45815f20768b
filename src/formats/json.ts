// A JSON body in, its rows out: an object is one row, an array of objects is one row each, in order (spec/http-push.md 4).

import { isUtf8 } from 'node:buffer'
import { parseJsonLossless } from '../core/json.ts'
import type { Value, Values } from '../core/value.ts'
import { DecodeError } from './decode-error.ts'
import { findJsonFault } from './json-fault.ts'
import { mayHoldWholeReals, parseMarkingWholeReals } from './whole-reals.ts'

export interface DecodeOptions {
  /** a stream declares BIGINT columns: remember which whole numbers were written `1.0`, see whole-reals.ts */
  readonly exactNumbers?: boolean
}

/**
 * Decodes one message.
 * @returns its rows; none for an empty array
 * @throws {DecodeError} empty, not UTF-8, not JSON, or neither an object nor an array of objects
 */
export function decodeJson(body: Buffer, options: DecodeOptions = {}): readonly Values[] {
  if (!isUtf8(body)) throw badEncoding(body)
  let text = body.toString('utf8')
  const hasMark = text.charCodeAt(0) === 0xfeff
  if (hasMark) text = text.slice(1)
  return toRows(parse(text, hasMark ? 3 : 0, options.exactNumbers === true))
}

function parse(text: string, before: number, exactNumbers: boolean): Value {
  try {
    const value = parseJsonLossless(text)
    return exactNumbers && mayHoldWholeReals(text) ? parseMarkingWholeReals(text) : value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    if (text.trim() === '')
      throw new DecodeError('empty-body', 'The body is empty; expected a JSON object or an array of objects.')
    throw badJson(text, before, error)
  }
}

function badJson(text: string, before: number, error: SyntaxError): DecodeError {
  const fault = findJsonFault(text)
  if (!fault) return new DecodeError('bad-json', error.message)
  const lineStart = text.lastIndexOf('\n', fault.at - 1) + 1
  return new DecodeError('bad-json', fault.what, {
    line: text.slice(0, lineStart).split('\n').length,
    column: fault.at - lineStart + 1,
    offset: before + Buffer.byteLength(text.slice(0, fault.at)),
  })
}

function badEncoding(body: Buffer): DecodeError {
  const text = body.toString('utf8')
  // Every byte that is wrong reads as U+FFFD; the first one that was not written as such is the place.
  let read = 0
  let offset = 0
  for (;;) {
    const at = text.indexOf('\ufffd', read)
    offset += Buffer.byteLength(text.slice(read, at < 0 ? text.length : at))
    if (at < 0 || body[offset] !== 0xef || body[offset + 1] !== 0xbf || body[offset + 2] !== 0xbd) break
    offset += 3
    read = at + 1
  }
  const byte = body[offset]?.toString(16).padStart(2, '0')
  return new DecodeError('bad-encoding', `The body is not UTF-8: byte 0x${byte} at offset ${offset}.`, { offset })
}

function toRows(value: Value): readonly Values[] {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (!isObject(value[i])) {
        throw new DecodeError('wrong-shape', `Element ${i} of the array is ${nameOf(value[i])}; expected an object.`, {
          index: i,
        })
      }
    }
    return value as readonly Values[]
  }
  if (isObject(value)) return [value as Values]
  throw new DecodeError('wrong-shape', `The body is ${nameOf(value)}; expected an object or an array of objects.`)
}

function isObject(value: Value | undefined): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameOf(value: Value | undefined): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'string' ? 'a string' : typeof value === 'boolean' ? 'a boolean' : 'a number'
}
