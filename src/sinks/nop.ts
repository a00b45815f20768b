// Sink `nop`: takes every message and does nothing with it, or logs it.

import type { OptionSchema } from './options.ts'
import type { Sink, SinkContext, SinkKind } from './sink.ts'

export interface NopOptions {
  readonly log?: boolean
}

const schema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { log: { type: 'boolean', default: false, description: 'log each message' } },
}

export const nopSink: SinkKind = {
  name: 'nop',
  summary: 'Drops every message; for measuring and for trying rules out.',
  takes: 'bytes',
  schema,
  create: (options: NopOptions, context: SinkContext): Sink => ({
    open: async () => {},
    write: message => {
      if (options.log)
        context.log.info({ rule: context.ruleId }, `sink nop of rule ${context.ruleId}: ${message.payload}`)
    },
    close: async () => {},
  }),
}
