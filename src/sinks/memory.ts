// Sink `memory`: rows go, as rows, to a topic inside this process, where memory sources of other rules read them.

import { dynamicText } from './delivery.ts'
import { type OptionSchema, optionError } from './options.ts'
import { type Sink, type SinkContext, SinkError, type SinkKind } from './sink.ts'

export interface MemoryOptions {
  readonly topic: string
}

const schema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['topic'],
  properties: {
    topic: { type: 'string', minLength: 1, description: 'where to publish; a template may compute it; no + or #' },
  },
  'x-notBuilt': { rowkindField: '', keyField: '' },
}

export const memorySink: SinkKind = {
  name: 'memory',
  summary: 'Publishes rows to a topic that other rules of this process read.',
  takes: 'rows',
  schema,
  dynamic: ['topic'],
  create(options: MemoryOptions, context: SinkContext): Sink {
    const topic = dynamicText(options.topic, ['topic'], { property: name => context.property(name) })
    if (!topic.isDynamic && /[+#]/.test(options.topic)) {
      throw optionError(
        undefined,
        ['topic'],
        `Sink "memory": topic "${options.topic}" holds a wildcard.`,
        'Name one topic.',
      )
    }
    return {
      open: async () => {},
      write: message => {
        const name = topic.of(message.data)
        if (name === '' || /[+#]/.test(name)) throw new SinkError(`"${name}" is no topic to publish to`, false)
        return context.publish(name, message.rows)
      },
      close: async () => {},
    }
  },
}
