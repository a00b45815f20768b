// Runs the commands of README.md, in their order, against a real process on free ports in a copy of this repository.
//
// What the README marks, above a fenced block:
//   <!-- run: name -->              a shell block: it must exit 0
//   <!-- run: name, exits 1 -->     the same, for another exit code
//   <!-- run: name, stays -->       a command that does not end by itself; what it prints may come later
//   <!-- prints: name -->           what that command prints; … stands for anything within a line
//   <!-- writes: path -->           the text of a file, which the test writes as the reader does
//   <!-- logs: name or path -->     what the service's log says after that
//   <!-- not run here: why -->      a shell block that this test leaves alone

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const LONGEST_WAIT_MS = 30_000

type Mark = 'run' | 'writes' | 'prints' | 'logs' | 'not run here'

interface Block {
  readonly mark: Mark | undefined
  readonly name: string
  /** the command does not end by itself */
  readonly stays: boolean
  readonly exitCode: number
  readonly language: string
  readonly text: string
  readonly line: number
}

function readBlocks(markdown: string): Block[] {
  const fenced = /(?:^<!-- (run|writes|prints|logs|not run here): ([^>]*?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm
  return [...markdown.matchAll(fenced)].map(match => {
    const [name = '', ...words] = (match[2] ?? '').split(', ')
    return {
      mark: match[1] as Mark | undefined,
      name,
      stays: words.includes('stays'),
      exitCode: Number(words.find(word => word.startsWith('exits '))?.slice('exits '.length) ?? 0),
      language: match[3]!,
      text: match[4]!,
      line: markdown.slice(0, match.index).split('\n').length,
    }
  })
}

/** A process whose output can be waited for. */
class Running {
  readonly child: ChildProcess
  output = ''
  #listeners = new Set<() => void>()
  readonly ended: Promise<number | null>

  constructor(script: string, cwd: string, env: NodeJS.ProcessEnv) {
    // A group of its own, so that what the shell started can be stopped with it.
    this.child = spawn('sh', ['-e', '-c', script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        for (const listener of this.#listeners) listener()
      })
    }
    this.ended = new Promise(resolve => this.child.once('close', code => resolve(code)))
  }

  /** Resolves when the output holds every line, from `from` on; rejects with the output when that takes too long. */
  async says(lines: readonly RegExp[], from = 0): Promise<void> {
    const missing = () => lines.find(line => !line.test(this.output.slice(from)))
    await new Promise<void>((resolve, reject) => {
      const settle = (done: () => void) => {
        clearTimeout(late)
        this.#listeners.delete(look)
        done()
      }
      const look = () => {
        if (!missing()) settle(resolve)
      }
      const fail = (why: string) =>
        settle(() => reject(new Error(`${why}: no line ${missing()} in\n${this.output.slice(from)}`)))
      const late = setTimeout(fail, LONGEST_WAIT_MS, `after ${LONGEST_WAIT_MS} ms`)
      this.#listeners.add(look)
      this.ended.then(() => (missing() ? fail('the process has ended') : look()))
      look()
    })
  }

  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, name)
    } catch {
      // it has ended
    }
  }
}

/** The lines of an expectation as patterns: `…` stands for anything, spaces at the ends for nothing. */
function patterns(text: string): RegExp[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && line !== '…')
    .map(line => new RegExp(line.split('…').map(RegExp.escape).join('.*')))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

function copyOfRepository(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-readme-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  for (const name of ['bin', 'etc', 'rules', 'streams', 'src', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, name), join(dir, name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
  return dir
}

const blocks = readBlocks(readFileSync(join(ROOT, 'README.md'), 'utf8'))
const runs = blocks.filter(block => block.mark === 'run' || block.mark === 'writes')
/** What the README expects of a block: the marked texts between it and the next block of that name. */
function expectations(mark: Mark, block: Block): string[] {
  const rest = blocks.slice(blocks.indexOf(block) + 1)
  const next = rest.findIndex(other => runs.includes(other) && other.name === block.name)
  const until = next < 0 ? rest : rest.slice(0, next)
  return until.filter(other => other.mark === mark && other.name === block.name).map(other => other.text)
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

test('every shell block of the README is run, or says why not', () => {
  const unmarked = blocks.filter(block => block.language === 'sh' && block.mark === undefined)
  assert.deepEqual(
    unmarked.map(block => `README.md:${block.line}`),
    [],
  )
  assert.equal(runs[0]?.name, 'start')
  assert.ok(runs.length > 3)
  const names = new Set(runs.map(block => block.name))
  for (const block of blocks.filter(block => block.mark === 'prints' || block.mark === 'logs')) {
    assert.ok(names.has(block.name), `README.md:${block.line} expects the output of "${block.name}", which is not run`)
    assert.ok(patterns(block.text).length > 0, `README.md:${block.line} expects nothing`)
  }
})

test('what the README says works', { skip: hasCurl ? false : 'curl is not installed' }, async t => {
  const dir = copyOfRepository(t)
  const pushPort = await freePort()
  const statusPort = await freePort()
  const env = {
    ...process.env,
    SLUICE__SOURCE__HTTPSERVERPORT: String(pushPort),
    SLUICE__STATUS__PORT: String(statusPort),
    NODE_TEST_CONTEXT: undefined,
  }
  const started: Running[] = []
  t.after(() => {
    for (const running of started) running.signal('SIGKILL')
  })
  const here = (text: string) => text.replaceAll(':10081', `:${pushPort}`).replaceAll(':9081', `:${statusPort}`)
  const start = (script: string) => {
    const running = new Running(here(script), dir, env)
    started.push(running)
    return running
  }
  const expected = (mark: Mark, block: Block) => expectations(mark, block).flatMap(text => patterns(here(text)))

  let service: Running | undefined
  const later: Promise<void>[] = []
  for (const block of runs) {
    await t.test(`README.md:${block.line} ${block.name}`, async () => {
      const logFrom = service?.output.length ?? 0
      if (block.mark === 'writes') {
        writeFileSync(join(dir, block.name), block.text)
      } else if (block.name === 'start') {
        service = start(block.text)
        await service.says([/"msg":"ready"/])
      } else if (block.stays) {
        const says = start(block.text).says(expected('prints', block))
        says.catch(() => {}) // it is waited for below
        later.push(says)
      } else {
        const running = start(block.text)
        const code = await running.ended
        assert.equal(code, block.exitCode, `exit ${code}:\n${running.output}`)
        await running.says(expected('prints', block))
      }
      await service!.says(expected('logs', block), logFrom)
    })
  }

  await t.test('what stays has printed what it should', async () => {
    await Promise.all(later)
  })

  await t.test('Ctrl-C stops it', async () => {
    const from = service!.output.length
    service!.signal('SIGINT')
    await service!.ended
    assert.match(service!.output.slice(from), /"msg":"stopped"/)
  })
})
