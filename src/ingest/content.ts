// The headers that describe a body in; why it would not be understood, out.

import { type Problem, unknownCharset, unknownEncoding, unknownType } from './answer.ts'

/**
 * Media types that certainly are not JSON. All others are tried: the dialect does not look at Content-Type at all, and
 * plain clients send text/plain or what they like. These are refused because a 400 about a first character would send
 * their author looking in the wrong place.
 */
const NOT_JSON =
  /^(?:text\/(?:csv|xml|html|tab-separated-values)|multipart\/.+|image\/.+|audio\/.+|video\/.+|application\/(?:xml|x-?ndjson|jsonl|x-jsonlines|json-seq|octet-stream|cbor|cbor-seq|(?:x-|vnd\.)?msgpack|(?:x-|vnd\.google\.)?protobuf|(?:x-)?yaml|zip|gzip|pdf)|.+\+(?:xml|cbor|protobuf|yaml|msgpack|zip))$/

/** What `curl -d` says of everything it sends. Only the body can tell whether it means it. */
const FORM = 'application/x-www-form-urlencoded'

/** @returns undefined when the body may be read */
export function contentFault(
  contentType: string | undefined,
  contentEncoding: string | undefined,
): Problem | undefined {
  if (contentEncoding !== undefined && contentEncoding !== '' && contentEncoding.trim().toLowerCase() !== 'identity') {
    return unknownEncoding(contentEncoding)
  }
  if (contentType === undefined || contentType === 'application/json') return undefined
  if (NOT_JSON.test(mediaType(contentType))) return unknownType(contentType)
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1]
  // ASCII is a part of UTF-8, and some clients are modest.
  return charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset) ? undefined : unknownCharset(charset)
}

/** A form, by its type and by what it looks like: JSON rows begin with a brace or a bracket, a form with a name. */
export function formFault(contentType: string | undefined, body: Buffer): Problem | undefined {
  if (contentType === undefined || contentType === 'application/json' || mediaType(contentType) !== FORM)
    return undefined
  if (body.length === 0 || /^\s*[{[]/.test(body.toString('latin1', 0, 64))) return undefined
  return unknownType(contentType)
}

function mediaType(contentType: string): string {
  const end = contentType.indexOf(';')
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}
