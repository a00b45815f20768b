// Paths, folders and patterns as a person types them in, test files out.

import { glob, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'

export interface TestFile {
  /** to open it */
  readonly path: string
  /** as messages name it: relative to the root folder where it lies in it, else as it was given */
  readonly shown: string
}

export interface FoundTests {
  readonly files: readonly TestFile[]
  /** arguments that lead to no test, each with the reason */
  readonly missing: readonly string[]
}

const TEST_NAME = /\.test\.(?:ya?ml|json)$|\.jsonl$/i
const READABLE = /\.(?:ya?ml|jsonl?)$/i
const PATTERN = /[*?[\]{}]/

/**
 * @param paths files, folders (searched through) and glob patterns, relative to the current folder, else to `dir`;
 *   none: the test files of `dir`/rules
 */
export async function findTests(paths: readonly string[], dir: string): Promise<FoundTests> {
  const found = new Set<string>()
  const missing: string[] = []
  for (const path of paths) {
    const outcome = await lookUp(path, dir)
    if (typeof outcome === 'string') missing.push(outcome)
    else for (const file of outcome) found.add(file)
  }
  if (paths.length === 0) for (const file of await inRules(dir)) found.add(file)
  return { files: [...found].map(path => ({ path, shown: shownAs(path, dir) })), missing }
}

/** Is this file of rules/ a test? */
export function isTestName(name: string): boolean {
  return TEST_NAME.test(name) && !/^[.#]/.test(name)
}

async function inRules(dir: string): Promise<string[]> {
  const folder = resolve(dir, 'rules')
  const names = await readdir(folder).catch(() => [])
  return names
    .filter(isTestName)
    .sort()
    .map(name => join(folder, name))
}

async function lookUp(path: string, dir: string): Promise<string[] | string> {
  for (const base of new Set([process.cwd(), resolve(dir)])) {
    const full = resolve(base, path)
    const stats = await stat(full).catch(() => undefined)
    if (stats?.isDirectory()) {
      const files = await inFolder(full)
      return files.length > 0 ? files : `there are no tests in ${path}`
    }
    if (stats) return READABLE.test(full) ? [full] : `${path} is no test file: .yaml, .yml, .json or .jsonl`
    if (!PATTERN.test(path)) continue
    const files = (await Array.fromAsync(glob(path, { cwd: base }))).map(file => resolve(base, file))
    const readable = files.filter(file => READABLE.test(file)).sort()
    if (readable.length > 0) return readable
  }
  return PATTERN.test(path) ? `nothing matches ${path}` : `there is no file or folder ${path}`
}

async function inFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile() && isTestName(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(
      path =>
        !relative(folder, path)
          .split(sep)
          .some(part => part === 'node_modules' || /^\./.test(part)),
    )
    .sort()
}

function shownAs(path: string, dir: string): string {
  const inside = relative(resolve(dir), path)
  if (!inside.startsWith('..')) return inside.split(sep).join('/')
  const here = relative(process.cwd(), path)
  return here.startsWith('..') ? path : (here || basename(path)).split(sep).join('/')
}
