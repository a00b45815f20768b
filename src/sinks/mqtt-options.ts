// The options of sink `mqtt`: names, types and defaults (spec/rules-and-sinks.md 6.5), and what the library makes of them.

import { isIP } from 'node:net'
import type { IClientOptions } from 'mqtt'
import { type OptionSchema, optionError } from './options.ts'
import { type TlsMaterial, type TlsOptions, tlsNotBuilt, tlsSchema } from './tls.ts'
import { decodePart } from './url-part.ts'

export interface MqttOptions extends TlsOptions {
  readonly server: string
  readonly topic: string
  readonly qos?: 0 | 1 | 2
  readonly retained?: boolean
  readonly clientid?: string
  readonly protocolVersion?: string | number
  readonly username?: string
  readonly password?: string
  readonly properties?: { readonly [name: string]: string }
}

export const mqttSchema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['server', 'topic'],
  properties: {
    server: {
      type: 'string',
      minLength: 1,
      description: 'address of the broker, such as tcp://host:1883 or ssl://host:8883; also ws:// and wss://',
    },
    topic: { type: 'string', minLength: 1, description: 'where to publish; a template may compute it' },
    qos: {
      type: 'integer',
      enum: [0, 1, 2],
      default: 0,
      description:
        'quality of service: 0 is sent once and forgotten, 1 and 2 wait for the acknowledgement of the broker',
    },
    retained: {
      type: 'boolean',
      default: false,
      description: 'the broker keeps the last message for those who subscribe later',
    },
    clientid: { type: 'string', description: 'name of the client at the broker; a random one unless given' },
    protocolVersion: {
      type: ['string', 'number'],
      enum: ['3.1', '3.1.1', '5', 3.1, 5],
      default: '3.1.1',
      description: 'version of MQTT; write it in quotes',
    },
    username: { type: 'string', description: 'name of the user at the broker' },
    password: { type: 'string', description: 'password at the broker; write ${env:NAME}, never the password itself' },
    properties: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'user properties (version 5)',
    },
    ...tlsSchema,
  },
  'x-notBuilt': tlsNotBuilt,
}

const PROTOCOLS: { readonly [scheme: string]: 'mqtt' | 'mqtts' | 'ws' | 'wss' } = {
  'tcp:': 'mqtt',
  'mqtt:': 'mqtt',
  'ssl:': 'mqtts',
  'tls:': 'mqtts',
  'mqtts:': 'mqtts',
  'ws:': 'ws',
  'wss:': 'wss',
}
const PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 }

export interface Server {
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss'
  readonly host: string
  readonly port: number
  readonly path: string
  readonly user: string
  readonly password: string
  /** without user and password: for messages */
  readonly shown: string
}

/** @throws {UserError} RULE_ACTION */
export function parseServer(server: string): Server {
  const text = server.includes('://') ? server : `tcp://${server}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const protocol = url && PROTOCOLS[url.protocol]
  if (!url || !protocol || !url.hostname) {
    throw optionError(
      undefined,
      ['server'],
      'Sink "mqtt": server is no address of a broker.',
      'Write tcp://host:1883, ssl://host:8883, ws://host/path or wss://host/path.',
    )
  }
  const port = url.port === '' ? PORTS[protocol] : Number(url.port)
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path: url.pathname + url.search,
    user: decodePart(url.username),
    password: decodePart(url.password),
    shown: `${url.protocol}//${url.hostname}:${port}`,
  }
}

const CONNECT_TIMEOUT_MS = 10_000
/** A silent peer is noticed after one and a half of these. */
const KEEPALIVE_S = 30

export function clientOptions(
  options: MqttOptions,
  clientId: string,
  tls: TlsMaterial,
  reconnectMs: number,
): IClientOptions {
  const server = parseServer(options.server)
  const version = String(options.protocolVersion ?? '3.1.1')
  const username = options.username || server.user || undefined
  const password = options.password || server.password || undefined
  return {
    protocol: server.protocol,
    // `hostname` is what the web socket builder reads, `host` the others.
    hostname: server.host,
    host: server.host,
    port: server.port,
    ...(server.protocol.startsWith('ws') ? { path: server.path } : {}),
    clientId,
    clean: true,
    protocolVersion: version === '5' ? 5 : version === '3.1' ? 3 : 4,
    ...(version === '3.1' ? { protocolId: 'MQIsdp' } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Some spread, so that all rules of a process do not knock at one moment after an outage.
    reconnectPeriod: Math.ceil(reconnectMs * (1 + Math.random())),
    reconnectOnConnackError: true,
    resubscribe: false,
    ...(server.protocol === 'mqtts' || server.protocol === 'wss' ? tlsOf(server.host, tls) : {}),
  }
}

function tlsOf(host: string, { minVersion, ...tls }: TlsMaterial): Partial<IClientOptions> {
  return { ...tls, minVersion, ...(isIP(host) ? {} : { servername: host }) } as Partial<IClientOptions>
}
