// A folder in, the git commit and branch that it shows out, read from .git without the git program.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

export interface GitState {
  readonly commit?: string
  readonly branch?: string
  /** whether the work tree differs from the commit: not known without hashing what git hashes */
  readonly dirty: 'unknown'
  /** why commit or branch are missing */
  readonly reason?: string
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** Never throws: a folder without git, or one that may not be read, gives a reason instead of a commit. */
export function readGit(dir: string): GitState {
  try {
    const git = findGit(dir)
    return git ? readHead(git) : fromLinkName(dir)
  } catch (error) {
    const named = fromLinkName(dir)
    return named.commit ? named : { dirty: 'unknown', reason: (error as Error).message }
  }
}

/** True while a git command is changing the work tree or the index. */
export function isGitBusy(dir: string): boolean {
  try {
    const git = findGit(dir)
    return git !== undefined && existsSync(join(git.own, 'index.lock'))
  } catch {
    return false
  }
}

interface GitFolders {
  /** of this work tree: HEAD and index */
  readonly own: string
  /** of the repository: branches; the same but for linked work trees */
  readonly common: string
}

function findGit(dir: string): GitFolders | undefined {
  for (let here = realpathSync(dir); ; here = dirname(here)) {
    const candidate = join(here, '.git')
    const stats = statSync(candidate, { throwIfNoEntry: false })
    if (stats?.isDirectory()) return { own: candidate, common: candidate }
    if (stats?.isFile()) return linkedWorkTree(candidate)
    if (dirname(here) === here) return undefined
  }
}

/** A linked work tree or a submodule: `.git` is a file that says `gitdir: PATH`. */
function linkedWorkTree(file: string): GitFolders {
  const target = /^gitdir: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1]
  if (target === undefined) throw new Error('the .git file names no folder')
  const own = resolve(dirname(file), target.trim())
  const commonFile = join(own, 'commondir')
  const common = existsSync(commonFile) ? resolve(own, readFileSync(commonFile, 'utf8').trim()) : own
  return { own, common }
}

function readHead(git: GitFolders): GitState {
  const head = readFileSync(join(git.own, 'HEAD'), 'utf8').trim()
  if (COMMIT.test(head)) return { commit: head, dirty: 'unknown' }
  const ref = /^ref: (.+)$/.exec(head)?.[1]
  if (ref === undefined) return { dirty: 'unknown', reason: 'HEAD cannot be understood' }
  const branch = ref.replace(/^refs\/heads\//, '')
  const commit = readRef(git, ref)
  if (commit === undefined) return { branch, dirty: 'unknown', reason: 'the branch has no commit that can be read' }
  return { commit, branch, dirty: 'unknown' }
}

function readRef(git: GitFolders, ref: string): string | undefined {
  for (const folder of [git.own, git.common]) {
    const file = join(folder, ref)
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8').trim()
    if (COMMIT.test(text)) return text
  }
  const packed = join(git.common, 'packed-refs')
  if (!existsSync(packed)) return undefined
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find(entry => entry.endsWith(` ${ref}`))
  const commit = line?.split(' ')[0]
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined
}

/** git-sync checks each commit out into a folder of its name and swaps a link; its .git may lie elsewhere. */
function fromLinkName(dir: string): GitState {
  try {
    const name = basename(realpathSync(dir))
    if (COMMIT.test(name)) return { commit: name, dirty: 'unknown' }
  } catch {
    // no folder, no name
  }
  return { dirty: 'unknown', reason: 'not in a git repository' }
}
