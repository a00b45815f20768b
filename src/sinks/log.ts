// Sink `log`: every message becomes an info line of the log.

import type { OptionSchema } from './options.ts'
import type { Outgoing, Sink, SinkContext, SinkKind } from './sink.ts'

const schema: OptionSchema = { type: 'object', additionalProperties: false, properties: {} }

export const logSink: SinkKind = {
  name: 'log',
  summary: 'Writes every message to the log.',
  takes: 'bytes',
  schema,
  create: (_options: object, context: SinkContext): Sink => ({
    open: async () => {},
    write: message => logMessage(context, message),
    close: async () => {},
  }),
}

function logMessage(context: SinkContext, message: Outgoing): void {
  context.log.info({ rule: context.ruleId }, `sink result for rule ${context.ruleId}: ${message.payload}`)
}
