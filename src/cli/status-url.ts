// Where the instance of a folder answers status questions: as its etc/sluice.yaml says, else the default.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/environment.ts'
import { readSluice, SLUICE_PATH } from '../config/sluice.ts'
import { FileText } from '../core/location.ts'

export function statusUrl(dir: string, env: Environment): string {
  const path = join(dir, SLUICE_PATH)
  const file = existsSync(path) ? new FileText(SLUICE_PATH, readFileSync(path, 'utf8')) : undefined
  const { ip, port } = readSluice(file, env).config.status
  // An instance that listens on all addresses is asked on the loopback.
  const host = ip === '0.0.0.0' ? '127.0.0.1' : ip === '::' ? '[::1]' : ip.includes(':') ? `[${ip}]` : ip
  return `http://${host}:${port}`
}
