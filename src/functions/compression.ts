// Bytes in, smaller bytes out, and back. Only node:zlib, and never more than a bound that hostile data cannot pass.

import * as zlib from 'node:zlib'
import { RowError } from '../core/errors.ts'
import { describe } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import { stringOf } from './arguments.ts'

type Change = (bytes: Uint8Array) => Uint8Array

/** A few kB can unpack to gigabytes. */
const MOST_BYTES = 64 * 1024 * 1024
const limit = { maxOutputLength: MOST_BYTES }

const COMPRESSORS: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['gzip', bytes => zlib.gzipSync(bytes)],
  ['zlib', bytes => zlib.deflateSync(bytes)],
  ['flate', bytes => zlib.deflateRawSync(bytes)],
  ['zstd', bytes => zlib.zstdCompressSync(bytes)],
])

const DECOMPRESSORS: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['gzip', bytes => zlib.gunzipSync(bytes, limit)],
  ['zlib', bytes => zlib.inflateSync(bytes, limit)],
  ['flate', bytes => zlib.inflateRawSync(bytes, limit)],
  ['zstd', bytes => zlib.zstdDecompressSync(bytes, limit)],
])

export function compress(x: Value, method: Value): Value {
  return change('compress', COMPRESSORS, x, method)
}

/** @throws {RowError} also when the result would be larger than 64 MiB */
export function decompress(x: Value, method: Value): Value {
  return change('decompress', DECOMPRESSORS, x, method)
}

function change(verb: string, changes: ReadonlyMap<string, Change>, x: Value, method: Value): Value {
  if (x === null) return null
  const name = stringOf(method, 'the method')
  const run = changes.get(name)
  if (!run) throw new RowError(`unsupported ${verb}or: ${name}`)
  if (typeof x !== 'string' && !(x instanceof Uint8Array)) {
    throw new RowError(`Expect text or bytes for parameter 1 but got ${describe(x)}`)
  }
  try {
    return run(typeof x === 'string' ? Buffer.from(x) : x)
  } catch (error) {
    throw new RowError(`cannot ${verb} with ${name}: ${(error as Error).message}`)
  }
}
