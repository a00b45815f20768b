// Where formatted text goes: the raw bytes of a file with its line ends, and over the old file in one step.

import { randomBytes } from 'node:crypto'
import { access, chmod, chown, constants, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { UserError } from '../core/errors.ts'
import { normalised } from '../core/location.ts'

/**
 * Puts a new text in the place of a file's: its mark of byte order and its line ends stay, lines that are equal stay
 * as they are. What a link leads to is replaced, not the link.
 * @param before what the file held when it was read, normalised
 * @throws {UserError} FILE_READ when it holds something else by now, or is read-only
 * @throws an error of the file system
 */
export async function replaceText(path: string, before: string, after: string): Promise<void> {
  const target = await realpath(path)
  const raw = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(target))
  if (normalised(raw) !== before) throw fault('The file changed while it was formatted.', 'Run the command again.')
  const { mode, uid, gid } = await stat(target)
  // Another file takes its place, for which its folder's rights are enough: its own are to be asked first.
  if ((mode & 0o222) === 0) throw fault('The file is read-only.', 'Make it writable if it is yours to change.')
  await access(target, constants.W_OK)
  // A name that the reconciler passes over.
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}~`)
  try {
    await writeFile(temporary, withLineEnds(raw, after), { flag: 'wx', flush: true })
    await chown(temporary, uid, gid).catch(() => {})
    await chmod(temporary, mode & 0o7777)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Why a text could not be put in its place. */
export function unwritable(error: unknown): UserError {
  if (error instanceof UserError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const what = `The file cannot be written: ${code ?? message}.`
  return fault(what, 'It and its folder must be writable for you.', error)
}

function fault(what: string, fix: string, cause?: unknown): UserError {
  return new UserError({ code: 'FILE_READ', what, fix, cause })
}

/** @param text with LF; the new lines of it end as the first line of `raw` does */
export function withLineEnds(raw: string, text: string): string {
  const mark = raw.startsWith('\ufeff') ? '\ufeff' : ''
  const old = raw.slice(mark.length).split('\n')
  const lines = text.split('\n')
  const end = old.length > 1 && old[0]!.endsWith('\r') ? '\r' : ''
  const shorter = Math.min(old.length, lines.length)
  const isKept = (i: number, j: number) => old[i]!.replace(/\r$/, '') === lines[j]
  let above = 0
  while (above < shorter - 1 && isKept(above, above)) above++
  let below = 0
  while (below < shorter - above && isKept(old.length - 1 - below, lines.length - 1 - below)) below++
  const made = lines.slice(above, lines.length - below)
  const isLast = (i: number) => above + i === lines.length - 1
  return (
    mark +
    [
      ...old.slice(0, above),
      ...made.map((line, i) => (isLast(i) ? line : line + end)),
      ...old.slice(old.length - below),
    ].join('\n')
  )
}

/**
 * The files among `known` that paths of the command line mean.
 * @param paths files and folders, relative to the current folder, else to the root
 * @param known paths below the root, with `/`
 */
export async function chosenFiles(
  paths: readonly string[],
  root: string,
  known: readonly string[],
): Promise<{ files: ReadonlySet<string>; missing: readonly string[] }> {
  const files = new Set<string>()
  const missing: string[] = []
  // rules/ itself may be a link, as that of a mounted ConfigMap is.
  const places = await Promise.all(
    known.map(async file => ({ file, place: (await placeOf(join(root, file))) ?? join(root, file) })),
  )
  for (const path of paths) {
    const found: string[] = []
    let isThere = false
    for (const base of new Set([process.cwd(), root])) {
      const full = await placeOf(resolve(base, path))
      if (full === undefined) continue
      isThere = true
      const inside = full.endsWith(sep) ? full : full + sep
      const isMeant = (place: string) => place === full || place.startsWith(inside)
      for (const { file, place } of places) if (isMeant(place) || isMeant(join(root, file))) found.push(file)
      if (found.length > 0) break
    }
    for (const file of found) files.add(file)
    if (!isThere) missing.push(`there is no file or folder ${path}`)
    else if (found.length === 0)
      missing.push(`${path} is none of streams/*.sql and rules/*.yaml, .yml, .json, nor holds any`)
  }
  return { files, missing }
}

/** Links on the way are followed, a link at the end is not: it is a file of the folder that it stands in. */
async function placeOf(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return await realpath(path)
    return join(await realpath(dirname(path)), basename(path))
  } catch {
    return undefined
  }
}
