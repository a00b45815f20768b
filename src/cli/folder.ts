// Whether the folder that a command was given can be one.

import { statSync } from 'node:fs'

/** @returns why not, for `sluice test: …`; undefined when it is a folder */
export function folderFault(dir: string): string | undefined {
  const stats = statSync(dir, { throwIfNoEntry: false })
  if (!stats) return `the folder ${dir} does not exist`
  return stats.isDirectory()
    ? undefined
    : `${dir} is not a folder: --dir names the one that holds etc/, streams/ and rules/`
}
