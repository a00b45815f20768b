// Where to ask for the status: the address given, else where etc/sluice.yaml of the folder puts it, else the default.

import type { Environment } from '../config/environment.ts'
import { readSluiceIn, SLUICE_PATH } from '../config/sluice.ts'
import { folderFault } from './folder.ts'

/** @throws {Error} when the command line does not lead to an address; the message says why */
export function statusUrl({ dir, url }: { readonly dir: string; readonly url?: string }, env: Environment): string {
  if (url !== undefined) {
    if (!/^https?:/i.test(url) || !URL.canParse(url))
      throw new Error(`--url takes an address such as http://127.0.0.1:9081, not "${url}"`)
    return url
  }
  const fault = folderFault(dir)
  if (fault !== undefined) throw new Error(fault)
  const { ip, port } = readSluiceIn(dir, env).config.status
  if (port === 0)
    throw new Error(
      `${SLUICE_PATH} says status.port: 0, any free one: give the address that the ready line of the log names with --url`,
    )
  // An instance that listens on all addresses is asked on the loopback.
  const host = ip === '0.0.0.0' ? '127.0.0.1' : ip === '::' ? '[::1]' : ip.includes(':') ? `[${ip}]` : ip
  return `http://${host}:${port}`
}
