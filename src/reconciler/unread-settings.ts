// Files below etc/ that look like settings and are read by nobody: a warning each that says where their content belongs.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HTTPPUSH_PATH } from '../config/httppush.ts'
import { SLUICE_PATH } from '../config/sluice.ts'
import { SOURCE_PATHS } from '../config/source-sections.ts'
import { nearest, UserError } from '../core/errors.ts'

const FOLDERS = ['etc', 'etc/sources', 'etc/sinks', 'etc/connections'] as const
const READ = [SLUICE_PATH, ...SOURCE_PATHS]
const SETTINGS = /^[^.#].*\.(?:ya?ml|json)$/i
/** enough to be told that something is wrong; somebody's whole data folder would bury the rest */
const MOST_WARNINGS = 50

/** @param root folder that holds etc/ */
export async function unreadSettings(root: string): Promise<UserError[]> {
  const paths: string[] = []
  for (const folder of FOLDERS) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`
      if (!entry.isDirectory() && SETTINGS.test(entry.name) && !READ.includes(path)) paths.push(path)
    }
  }
  return paths.sort().slice(0, MOST_WARNINGS).map(warning)
}

function warning(path: string): UserError {
  return new UserError({
    code: 'CONFIG_VALUE',
    what: 'Nothing reads this file.',
    fix: adviceFor(path),
    location: { path, line: 1, column: 1 },
  })
}

function adviceFor(path: string): string {
  if (path === 'etc/kuiper.yaml')
    return `Its "source" belongs in ${HTTPPUSH_PATH}; log level, time zone and rule defaults in ${SLUICE_PATH}.`
  if (path === 'etc/init.json') return 'Its streams belong in streams/*.sql, its rules in rules/*.yaml.'
  if (path.startsWith('etc/sinks/'))
    return 'Sections of sink properties are not built yet: write the properties into the action.'
  if (path.startsWith('etc/connections/'))
    return 'Shared connections are not built yet: write the properties into the action.'
  const near = nearest(nameOf(path), READ.map(nameOf))
  if (near !== undefined) return `Did you mean "${READ.find(read => nameOf(read) === near)}"?`
  if (path.startsWith('etc/sources/') || path === 'etc/mqtt_source.yaml')
    return `Of sources, these have settings: ${SOURCE_PATHS.map(nameOf).join(', ')}.`
  return `Settings are in ${SLUICE_PATH} and etc/sources/.`
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.[^.]+$/, '')
}
