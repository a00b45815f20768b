// etc/sluice.yaml in, the appliance's own settings out.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SluiceConfig, WatchMode } from '../catalog/catalog.ts'
import { parseDuration } from '../core/duration.ts'
import type { UserError } from '../core/errors.ts'
import { FileText } from '../core/location.ts'
import { type Environment, type Override, readOverrides } from './environment.ts'
import { openConfig } from './open.ts'
import { DEFAULT_RULE_OPTIONS, ruleOptions } from './rule-options.ts'
import { check } from './validate.ts'

export const SLUICE_PATH = 'etc/sluice.yaml'

export const DEFAULT_SLUICE_CONFIG: SluiceConfig = {
  status: { ip: '127.0.0.1', port: 9081 },
  log: { level: 'info', format: 'json' },
  timezone: 'Local',
  data: undefined,
  rule: DEFAULT_RULE_OPTIONS,
  watch: { mode: 'auto', rescanIntervalMs: 60_000 },
}

export interface SluiceResult {
  /** with errors: the defaults; whoever has a last good version keeps that */
  readonly config: SluiceConfig
  readonly errors: readonly UserError[]
  readonly warnings: readonly UserError[]
}

interface Written {
  readonly status?: { readonly ip?: string; readonly port?: number } | null
  readonly log?: { readonly level?: string; readonly format?: 'json' | 'text' } | null
  readonly timezone?: string
  readonly data?: string
  readonly rule?: object | null
  readonly watch?: { readonly mode?: WatchMode; readonly rescanInterval?: number | string } | null
}

/** @param file undefined: the file is missing, so all defaults hold */
export function readSluice(file: FileText | undefined, env: Environment = {}): SluiceResult {
  const mine = (override: Override) => override.segments[0]?.toUpperCase() !== 'SOURCE'
  const overrides = [...readOverrides(env, 'KUIPER').filter(mine), ...readOverrides(env, 'SLUICE').filter(mine)]
  const opened = openConfig('sluice', SLUICE_PATH, file, overrides, env)
  const { warnings } = opened
  const errors = [...opened.errors]
  // A failed reference leaves null behind, about which the schema would complain a second time.
  if (opened.document && errors.length === 0) errors.push(...check('sluice', opened.document))
  if (!opened.document || errors.length > 0) return { config: DEFAULT_SLUICE_CONFIG, errors, warnings }
  const written = opened.document.value as Written
  const base = DEFAULT_SLUICE_CONFIG
  const config: SluiceConfig = {
    status: { ip: written.status?.ip ?? base.status.ip, port: written.status?.port ?? base.status.port },
    log: { level: written.log?.level ?? base.log.level, format: written.log?.format ?? base.log.format },
    timezone: written.timezone ?? base.timezone,
    data: written.data,
    rule: ruleOptions(written.rule, base.rule),
    watch: {
      mode: written.watch?.mode ?? base.watch.mode,
      rescanIntervalMs: parseDuration(written.watch?.rescanInterval) ?? base.watch.rescanIntervalMs,
    },
  }
  return { config, errors, warnings }
}

/** The same for the folder that holds etc/, read now. */
export function readSluiceIn(dir: string, env: Environment): SluiceResult {
  const path = join(dir, SLUICE_PATH)
  return readSluice(existsSync(path) ? new FileText(SLUICE_PATH, readFileSync(path, 'utf8')) : undefined, env)
}
