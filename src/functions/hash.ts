// Hashes (spec/functions.md 7): loose text in, lower-case hex out.

import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { looseText } from '../core/text.ts'
import type { Value } from '../core/value.ts'
import type { ScalarFunction } from './definition.ts'

function hashing(name: string, title: string, compute: (text: string) => string, result: string): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: 'hash',
    parameters: [{ name: 's', kind: 'string' }],
    returns: 'string',
    summary: `The ${title} of the bytes of the text in UTF-8, as hexadecimal digits in small letters.`,
    nulls: 'null',
    examples: [
      { sql: `${name}("a")`, result },
      { sql: `${name}(zzz)`, result: null },
    ],
    call: (s: Value) => compute(looseText(s)),
  }
}

export const hashFunctions: readonly ScalarFunction[] = [
  hashing('md5', 'MD5 hash', text => hash('md5', text), '0cc175b9c0f1b6a831c399e269772661'),
  hashing('sha1', 'SHA-1 hash', text => hash('sha1', text), '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'),
  hashing(
    'sha256',
    'SHA-256 hash',
    text => hash('sha256', text),
    'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  ),
  hashing(
    'sha384',
    'SHA-384 hash',
    text => hash('sha384', text),
    '54a59b9f22b0b80880d8427e548b7c23abd873486e1f035dce9cd697e85175033caa88e6d57bc35efae0b5afd3145f31',
  ),
  hashing(
    'sha512',
    'SHA-512 hash',
    text => hash('sha512', text),
    '1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75',
  ),
  hashing('crc32', 'CRC-32 checksum (IEEE; leading zeros are left out)', text => crc32(text).toString(16), 'e8b7be43'),
]
