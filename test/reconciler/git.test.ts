import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isGitBusy, readGit } from '../../src/reconciler/git.ts'
import { makeFolder } from './folder.ts'

test('commit and branch are read from loose and packed references, also from a sub-folder', t => {
  const folder = makeFolder(t, { 'config/rules/a.yaml': 'x' })
  folder.git('init', '-q')
  folder.git('add', '.')
  folder.git('commit', '-q', '-m', 'one')
  const commit = folder.git('rev-parse', 'HEAD').trim()
  assert.deepEqual(readGit(join(folder.path, 'config')), { commit, branch: 'main', dirty: 'unknown' })
  folder.git('pack-refs', '--all')
  assert.deepEqual(readGit(folder.path), { commit, branch: 'main', dirty: 'unknown' })
  folder.git('checkout', '-q', '--detach')
  assert.deepEqual(readGit(folder.path), { commit, dirty: 'unknown' })
})

test('a linked work tree has a branch of its own', t => {
  const folder = makeFolder(t, { 'main/a': 'x' })
  const git = (...args: string[]) => folder.git('-C', 'main', ...args)
  git('init', '-q')
  git('add', '.')
  git('commit', '-q', '-m', 'one')
  git('worktree', 'add', '-q', '-b', 'feature/x', '../other')
  assert.equal(readGit(join(folder.path, 'other')).branch, 'feature/x')
  assert.equal(readGit(join(folder.path, 'other')).commit, git('rev-parse', 'HEAD').trim())
  folder.write('main/.git/worktrees/other/index.lock', '')
  assert.equal(isGitBusy(join(folder.path, 'other')), true)
  assert.equal(isGitBusy(join(folder.path, 'main')), false)
})

test('without git, or with a broken one, there is a reason and no exception', t => {
  const folder = makeFolder(t, { 'plain/a': 'x', 'broken/.git': 'nonsense', 'lost/.git': 'gitdir: /no/where' })
  assert.match(readGit(join(folder.path, 'plain')).reason ?? '', /not in a git repository/)
  assert.match(readGit(join(folder.path, 'broken')).reason ?? '', /names no folder/)
  assert.match(readGit(join(folder.path, 'lost')).reason ?? '', /ENOENT/)
  assert.ok(readGit(join(folder.path, 'nowhere')).reason)
})

test('a repository without commits has a branch only', t => {
  const folder = makeFolder(t)
  folder.git('init', '-q')
  const state = readGit(folder.path)
  assert.equal(state.branch, 'main')
  assert.equal(state.commit, undefined)
  assert.match(state.reason ?? '', /no commit/)
})

test('the folder that git-sync links to is named like the commit', t => {
  const folder = makeFolder(t)
  const commit = 'a'.repeat(40)
  mkdirSync(join(folder.path, commit))
  symlinkSync(commit, join(folder.path, 'current'))
  assert.equal(readGit(join(folder.path, 'current')).commit, commit)
})
