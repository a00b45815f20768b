// The options of sink `rest`: names, types and defaults (spec/rules-and-sinks.md 6.4).

import type { OptionSchema } from './options.ts'
import { type TlsOptions, tlsNotBuilt, tlsSchema } from './tls.ts'

export const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** Body types and the Content-Type that each sets. */
export const BODY_TYPES = {
  none: undefined,
  text: 'text/plain',
  json: 'application/json',
  html: 'text/html',
  xml: 'application/xml',
  javascript: 'application/javascript',
  binary: 'application/octet-stream',
  form: 'application/x-www-form-urlencoded',
  formdata: 'multipart/form-data',
} as const
export type BodyType = keyof typeof BODY_TYPES

export interface RestOptions extends TlsOptions {
  readonly url?: string
  readonly method?: string
  readonly bodyType?: BodyType
  readonly timeout?: number | string
  readonly headers?: { readonly [name: string]: string }
  readonly debugResp?: boolean
  readonly responseType?: 'code' | 'body'
  readonly allowPrivateNetwork?: boolean
}

export const restSchema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    url: { type: 'string', default: 'http://localhost', description: 'where to send, http or https' },
    method: { type: 'string', default: 'GET', description: 'GET, POST, PUT or DELETE, any case' },
    bodyType: {
      type: 'string',
      enum: Object.keys(BODY_TYPES),
      description:
        'what the body is, and its Content-Type; none for GET, else json, unless given. form and formdata are not built yet',
    },
    timeout: {
      type: ['integer', 'string'],
      format: 'duration',
      default: '5s',
      description: 'how long an answer is waited for; 0 is for ever',
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'request headers',
    },
    debugResp: { type: 'boolean', default: false, description: 'write the request and its answer to the log' },
    responseType: {
      type: 'string',
      enum: ['code', 'body'],
      default: 'code',
      description:
        'when a message counts as delivered: with code when the status is 2xx, with body when {"code": n} in the answer is 2xx, too',
    },
    allowPrivateNetwork: {
      type: 'boolean',
      default: false,
      description: 'a URL built from data may reach loopback and private addresses',
    },
    ...tlsSchema,
  },
  'x-notBuilt': { oAuth: undefined, formData: undefined, fileFieldName: '', ...tlsNotBuilt },
}
