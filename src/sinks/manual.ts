// The sinks and the schemas of their options in, the page docs/sinks.md out: nothing on the page is written anywhere else.

import type { OptionSchema, PropertySchema } from './options.ts'
import type { SinkKind } from './sink.ts'

const INTRODUCTION = `# Sinks

<!-- Printed from the schemas in src/sinks by \`npm run docs\`. Edit them there, not this page. -->

An action of a rule is one sink with its options:

\`\`\`yaml
actions:
  - mqtt:
      server: tcp://localhost:1883
      topic: alerts/{{.deviceId}}
      sendSingle: true
\`\`\`

Durations are milliseconds as a whole number, or a text such as \`500ms\`, \`10s\`, \`1h30m\`. *Template* says that the option may hold \`{{…}}\`, worked
out for every message from the row (with \`sendSingle\`) or from the array of rows. An option that this version does not have is refused by name, unless
it has its default.
`

/**
 * The whole page.
 * @param common the options that every sink shares
 * @param notBuilt names of sinks of the dialect that are refused
 */
export function printSinks(kinds: readonly SinkKind[], common: OptionSchema, notBuilt: readonly string[]): string {
  return [
    INTRODUCTION,
    `## Options of every sink\n`,
    options(common, []),
    ...kinds.map(kind => section(kind)),
    '## Not in this version\n',
    `${notBuilt.map(name => `\`${name}\``).join(', ')}: refused by name.\n`,
  ].join('\n')
}

function section(kind: SinkKind): string {
  const schema = kind.schema as OptionSchema
  const takes = kind.takes === 'rows' ? 'It takes rows as they are: nothing is encoded.' : ''
  const has = Object.keys(schema.properties).length > 0
  return [
    `## ${kind.name}\n`,
    `${[kind.summary, takes].filter(text => text !== '').join(' ')}\n`,
    has ? options(schema, kind.dynamic ?? []) : 'It has no options of its own.\n',
  ].join('\n')
}

function options(schema: OptionSchema, dynamic: readonly string[]): string {
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const required = schema.required?.includes(name) ? ', required' : ''
    const template = dynamic.includes(name) ? ' *Template.*' : ''
    const text = property.description === undefined ? '' : sentence(property.description)
    return `| \`${name}\` | ${typeText(property)}${required} | ${defaultText(property)} | ${text}${template} |`
  })
  const refused = Object.keys(schema['x-notBuilt'] ?? {})
  return [
    '| Option | Type | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
    ...(refused.length === 0 ? [] : [`Not in this version: ${refused.map(name => `\`${name}\``).join(', ')}.\n`]),
  ].join('\n')
}

function sentence(text: string): string {
  const written = text.replaceAll('|', '\\|')
  return `${written.charAt(0).toUpperCase()}${written.slice(1)}.`
}

function typeText(property: PropertySchema): string {
  if (property.format === 'duration') return 'duration'
  if (property.enum) {
    const values = new Set(property.enum.map(value => (value === '' ? '""' : String(value))))
    return [...values].map(value => `\`${value}\``).join(', ')
  }
  if (property.type === 'array') return 'list of texts'
  if (property.additionalProperties) return 'map of texts'
  const words = { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', object: 'map' }
  const types = typeof property.type === 'string' ? [property.type] : (property.type ?? [])
  return types.map(type => words[type as keyof typeof words]).join(' or ')
}

function defaultText(property: PropertySchema): string {
  return property.default === undefined ? '' : `\`${String(property.default)}\``
}
