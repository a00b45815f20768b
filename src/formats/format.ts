// The FORMAT of a stream in, the function that decodes its messages out.

import type { Values } from '../core/value.ts'
import { type DecodeOptions, decodeJson } from './json.ts'

/** @throws {DecodeError} */
export type FormatDecoder = (body: Buffer, options?: DecodeOptions) => readonly Values[]

/** Formats of the dialect that this version refuses by name (spec/http-push.md 4, spec/sql.md). */
export const FORMATS_NOT_BUILT = ['delimited', 'urlencoded', 'binary', 'protobuf', 'custom'] as const

const DECODERS: ReadonlyMap<string, FormatDecoder> = new Map([['json', decodeJson]])

export const FORMATS: readonly string[] = [...DECODERS.keys()]

/** @returns undefined for a format that is unknown or not built: FORMATS_NOT_BUILT tells which */
export function formatDecoder(name: string): FormatDecoder | undefined {
  return DECODERS.get(name.toLowerCase())
}
