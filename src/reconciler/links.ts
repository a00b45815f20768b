// A path in, the symbolic links on the way to where it really leads out.

import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, parse, resolve, sep } from 'node:path'

const MOST_LINKS = 40

/** Every link that decides where the path leads, links behind links included: any of them may be swapped. */
export function linksOn(path: string): string[] {
  const found = new Set<string>()
  const follow = (target: string) => {
    const { root } = parse(target)
    let here = root
    for (const part of target.slice(root.length).split(sep)) {
      here = join(here, part)
      if (!lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink()) continue
      if (found.has(here) || found.size >= MOST_LINKS) return
      found.add(here)
      const rest = target.slice(here.length)
      return follow(join(resolve(dirname(here), readlinkSync(here)), rest))
    }
  }
  follow(resolve(path))
  return [...found]
}

/** What tells one folder from another that took its place: where it leads, and which inode that is. */
export function identityOf(path: string): string {
  try {
    const real = realpathSync(path)
    const { dev, ino } = statSync(real, { bigint: true })
    return `${real}\0${dev}\0${ino}`
  } catch {
    return ''
  }
}
