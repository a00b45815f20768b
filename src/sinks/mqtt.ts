// Sink `mqtt`: every message is published to a topic of a broker. Delivered means: acknowledged (qos 1, 2) or handed to
// a connected socket (qos 0). While the broker is away messages wait; the library connects again by itself.

import { randomUUID } from 'node:crypto'
import type { IClientPublishOptions, MqttClient } from 'mqtt'
import type { ConnectedSink, ConnectionStatus } from './connection.ts'
import { type DynamicText, dynamicText } from './delivery.ts'
import { clientOptions, type MqttOptions, mqttSchema, parseServer } from './mqtt-options.ts'
import { optionError } from './options.ts'
import { type Outgoing, type Sink, type SinkContext, SinkError, type SinkKind } from './sink.ts'
import { readTls } from './tls.ts'

/** @param reconnectMs how long the library waits before it connects again */
export function makeMqttSink(reconnectMs: number): SinkKind {
  return {
    name: 'mqtt',
    summary: 'Publishes every message to an MQTT broker.',
    takes: 'bytes',
    schema: mqttSchema,
    dynamic: ['topic', 'properties'],
    create: (options: MqttOptions, context: SinkContext): Sink => new MqttSink(options, context, reconnectMs),
  }
}

export const mqttSink: SinkKind = makeMqttSink(1000)

/**
 * A broker that breaks the connection whenever it sees a certain message (too large, say) would see it again after
 * every reconnect, for ever: after this many breaks the message is given up.
 */
const MOST_BREAKS = 5

class MqttSink implements ConnectedSink {
  readonly #options: MqttOptions
  readonly #context: SinkContext
  readonly #topic: DynamicText
  readonly #properties: readonly (readonly [name: string, text: DynamicText])[]
  readonly #clientId: string
  readonly #reconnectMs: number
  #client: MqttClient | undefined
  #connect: (() => MqttClient) | undefined
  #problem = ''

  /** @throws {UserError} RULE_ACTION, TEMPLATE_SYNTAX */
  constructor(options: MqttOptions, context: SinkContext, reconnectMs: number) {
    this.#reconnectMs = reconnectMs
    const settings = { property: (name: string) => context.property(name) }
    this.#options = options
    this.#context = context
    this.#topic = dynamicText(options.topic, ['topic'], settings)
    parseServer(options.server)
    if (!this.#topic.isDynamic && topicProblem(options.topic)) {
      throw optionError(
        undefined,
        ['topic'],
        `Sink "mqtt": topic "${options.topic}" ${topicProblem(options.topic)}.`,
        'Name one topic.',
      )
    }
    this.#properties = Object.entries(options.properties ?? {}).map(([n, text]) => [
      n,
      dynamicText(text, ['properties', n], settings),
    ])
    if (this.#properties.length > 0 && String(options.protocolVersion) !== '5') {
      throw optionError(
        undefined,
        ['properties'],
        'Sink "mqtt": properties need protocolVersion 5.',
        'Add protocolVersion: "5".',
        'key',
      )
    }
    this.#clientId = options.clientid || randomUUID()
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.close()
    const { connect } = await import('mqtt')
    const tls = await readTls(this.#options, this.#context.rootDir)
    signal.throwIfAborted()
    this.#connect = () => this.#watched(connect(clientOptions(this.#options, this.#clientId, tls, this.#reconnectMs)))
    const client = this.#connect()
    try {
      await connected(client, signal)
      this.#client = client
    } catch (error) {
      client.end(true)
      throw new SinkError(`${parseServer(this.#options.server).shown}: ${textOf(error)}`, true, { cause: error })
    }
  }

  async write(message: Outgoing, signal: AbortSignal): Promise<void> {
    const topic = this.#topic.of(message.data)
    const problem = topicProblem(topic)
    if (problem) throw new SinkError(`topic ${JSON.stringify(topic.slice(0, 100))} ${problem}`, false)
    const qos = this.#options.qos ?? 0
    const options: IClientPublishOptions = { qos, retain: this.#options.retained ?? false }
    if (this.#properties.length > 0) {
      options.properties = { userProperties: this.#userProperties(message) }
    }
    const client = this.#client
    if (!client) throw new SinkError('not open', true)
    const payload = message.payload ?? ''
    await this.#publish(client, topic, Buffer.from(payload as string), options, signal)
  }

  connection(): { status: ConnectionStatus; problem: string } {
    const client = this.#client
    if (client?.connected) return { status: 1, problem: '' }
    return { status: client?.reconnecting ? 0 : -1, problem: this.#problem }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (!client) return
    // Without force the library would wait for acknowledgements that may never come.
    const isForced = !client.connected
    await new Promise<void>(resolve => client.end(isForced, {}, () => resolve()))
  }

  #userProperties(message: Outgoing): Record<string, string> {
    const properties: Record<string, string> = {}
    for (const [name, text] of this.#properties) properties[name] = text.of(message.data)
    return properties
  }

  /** While the broker is away the library keeps the message; waiting for it is the back-pressure. */
  #publish(
    client: MqttClient,
    topic: string,
    payload: Buffer,
    options: IClientPublishOptions,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let breaks = 0
      const settle = (error?: unknown) => {
        client.off('offline', onBreak)
        signal.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onAbort = () => settle(signal.reason)
      const onBreak = () => {
        if (options.qos === 0) return settle(new SinkError('the connection broke while the message was sent', true))
        if (++breaks < MOST_BREAKS) return
        this.#replace(client)
        settle(new SinkError(`the broker broke the connection ${breaks} times at this message`, false))
      }
      client.on('offline', onBreak)
      signal.addEventListener('abort', onAbort, { once: true })
      client.publish(topic, payload, options, error => {
        settle(error ? publishError(error) : undefined)
      })
    })
  }

  /** A new client in place of one whose store holds a message that the broker will not take. */
  #replace(client: MqttClient): void {
    // Not in this turn: the library arms its reconnection after the event that led here, and the old client would come
    // back under the new one's id and throw it off.
    setImmediate(() => client.end(true))
    if (this.#client !== client) return
    this.#client = this.#connect?.()
  }

  #watched(client: MqttClient): MqttClient {
    client.on('error', error => {
      this.#problem = textOf(error)
    })
    client.on('connect', () => {
      this.#problem = ''
    })
    client.on('close', () => {
      this.#problem ||= 'the connection broke'
    })
    return client
  }
}

/** @see MQTT 5.0, section 4.7: names to publish to */
function topicProblem(topic: string): string | undefined {
  if (topic === '') return 'is empty'
  if (/[+#]/.test(topic)) return 'holds a wildcard'
  if (topic.includes('\0')) return 'holds a NUL character'
  return Buffer.byteLength(topic) > 65535 ? 'is too long' : undefined
}

/** The first connection: a refusal or a broken one rejects, and whoever opens tries again. */
function connected(client: MqttClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      client.off('connect', onConnect)
      client.off('error', settle)
      client.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onConnect = () => settle()
    const onClose = () => settle(new Error('the server closed the connection'))
    const onAbort = () => settle(signal.reason)
    client.on('connect', onConnect)
    client.on('error', settle)
    client.on('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Reason codes of MQTT 5 that may pass: server busy, quota exceeded. */
const PASSING = [0x89, 0x97]

function publishError(error: Error): SinkError {
  const code = (error as { code?: unknown }).code
  const isFinal = typeof code === 'number' && code >= 0x80 && !PASSING.includes(code)
  return new SinkError(textOf(error), !isFinal, { cause: error })
}

/** Node gives an empty message when every address of a name failed. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}
