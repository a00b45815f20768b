// Sink `memory`: rows go, as rows, to a topic inside this process, where memory sources of other rules read them.

import { isRowKind, ROW_KINDS, type RowChange } from '../core/row-change.ts'
import { describe } from '../core/text.ts'
import { getOwn, type Values } from '../core/value.ts'
import { dynamicText } from './delivery.ts'
import { type OptionSchema, optionError } from './options.ts'
import { type Sink, type SinkContext, SinkError, type SinkKind } from './sink.ts'

export interface MemoryOptions {
  readonly topic: string
  readonly rowkindField?: string
  readonly keyField?: string
}

const schema: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['topic'],
  properties: {
    topic: { type: 'string', minLength: 1, description: 'where to publish; a template may compute it; no + or #' },
    rowkindField: {
      type: 'string',
      description:
        'column that says what a row does to a lookup table on the topic: insert, update and upsert write it, delete removes it; without the column it is written',
    },
    keyField: { type: 'string', description: 'column with the key of the row; needed with rowkindField' },
  },
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
    const changesOf = rowChanges(options)
    return {
      open: async () => {},
      write: message => {
        const name = topic.of(message.data)
        if (name === '' || /[+#]/.test(name)) throw new SinkError(`"${name}" is no topic to publish to`, false)
        return context.publish(name, message.rows, changesOf?.(message.rows))
      },
      close: async () => {},
    }
  },
}

/** @throws {UserError} RULE_ACTION when the key is missing */
function rowChanges({ rowkindField, keyField }: MemoryOptions): ((rows: readonly Values[]) => RowChange[]) | undefined {
  if (!rowkindField) return undefined
  if (!keyField) {
    const what = 'Sink "memory": "rowkindField" needs "keyField".'
    throw optionError(undefined, ['rowkindField'], what, 'Add keyField: with the column that holds the key.', 'key')
  }
  return rows => rows.map(row => rowChange(row, rowkindField, keyField))
}

function rowChange(row: Values, rowkindField: string, keyField: string): RowChange {
  const kind = getOwn(row, rowkindField) ?? 'upsert'
  if (!isRowKind(kind)) {
    throw new SinkError(`column ${rowkindField} says ${describe(kind)}; it takes ${ROW_KINDS.join(', ')}`, false)
  }
  const key = getOwn(row, keyField) ?? null
  if (key === null) throw new SinkError(`column ${keyField} holds no key for the lookup tables on the topic`, false)
  return { kind, key }
}
