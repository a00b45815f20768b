// The log: one JSON line an event on stdout, by pino. The only file that imports it.

import { type DestinationStream, pino } from 'pino'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  /** data lost, or a person is needed */
  error(fields: object, message: string): void
  /** a log whose lines all carry these fields */
  child(fields: object): Log
  level: string
}

/**
 * @param format `json` for machines, `text` for a person at a terminal
 * @param destination default: stdout
 */
export function makeLog(
  options: { level?: string; format?: 'json' | 'text' } = {},
  destination?: DestinationStream,
): Log {
  const sink = destination ?? pino.destination({ fd: 1, sync: true })
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      messageKey: 'msg',
    },
    options.format === 'text' ? textStream(sink) : sink,
  )
}

/** A log that says nothing: tests and commands that report by themselves. */
export const silentLog: Log = makeLog({ level: 'silent' })

function textStream(out: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>
      const fields = Object.entries(rest).map(
        ([k, v]) => ` ${k}=${typeof v === 'string' ? shown(k, v) : JSON.stringify(v)}`,
      )
      out.write(`${time} ${String(level).padEnd(5)} ${oneLine(String(msg))}${fields.join('')}\n`)
    },
  }
}

/** Stacks are ours and many lines long; all other texts may come from a device. */
function shown(name: string, text: string): string {
  return name === 'stack' ? text : oneLine(text)
}

/** What a device sends must neither start a line of its own nor steer the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, char => {
    return SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
