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
      const fields = Object.entries(rest).map(([k, v]) => ` ${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`)
      out.write(`${time} ${String(level).padEnd(5)} ${msg}${fields.join('')}\n`)
    },
  }
}
