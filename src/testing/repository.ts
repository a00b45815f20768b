// The folder that tests speak of in, its rules and streams out, as they would run; secrets stay references.

import type { SourceConfigs } from '../catalog/catalog.ts'
import type { RuleDefinition, StreamDefinition } from '../catalog/definition.ts'
import type { StreamLookup } from '../compiler/prepare.ts'
import type { Environment } from '../config/environment.ts'
import { type LookUp, makeProperties } from '../config/references.ts'
import { readRule } from '../config/rule-document.ts'
import { parseZone } from '../core/datetime.ts'
import { didYouMean, UserError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { buildState, type LoadedState, sourcesOf } from '../reconciler/load.ts'
import { readTree, type Tree } from '../reconciler/read-tree.ts'

/** Tests need no secrets and give the same bytes wherever they run: a reference stands for its own text. */
export const keepReference: LookUp = (kind, name) => `\${${kind}:${name}}`

/** Reads the folder once, when the first case asks for it. */
export class Repository {
  readonly dir: string
  /** `props(name)` */
  readonly property: (name: string) => string | undefined
  readonly #env: Environment
  #loading: Promise<Loaded> | undefined

  constructor(dir: string, env: Environment) {
    this.dir = dir
    this.#env = env
    this.property = makeProperties(env)
  }

  load(): Promise<Loaded> {
    this.#loading ??= loadRepository(this.dir, this.#env)
    return this.#loading
  }
}

async function loadRepository(dir: string, env: Environment): Promise<Loaded> {
  const tree = await readTree(dir)
  // Rules are read once more, with their references kept; what this says of rules is not looked at.
  const state = await buildState(tree, { env, checkAction: () => {}, checkRule: () => ({ errors: [] }) })
  return new Loaded(tree, state)
}

interface FoundRule {
  readonly path: string
  readonly rule: RuleDefinition | undefined
  readonly errors: readonly UserError[]
}

export class Loaded {
  /** IANA name: `timezone` of etc/sluice.yaml; UTC where that follows the machine, so that a test does not */
  readonly zone: string
  readonly sources: SourceConfigs
  readonly streams: StreamLookup
  readonly #state: LoadedState
  readonly #rules: ReadonlyMap<string, readonly FoundRule[]>

  constructor(tree: Tree, state: LoadedState) {
    this.#state = state
    const { timezone } = this.#state.sluice
    this.zone = timezone === 'Local' ? 'UTC' : (parseZone(timezone) ?? 'UTC')
    this.sources = this.#state.sources
    this.streams = this.#state.streams
    const rules = tree.files
      .filter(file => file.path.startsWith('rules/'))
      .map(file => ({
        path: file.path,
        ...readRule(file.text, { defaults: this.#state.sluice.rule, lookUp: keepReference, checkAction: () => {} }),
      }))
    this.#rules = Map.groupBy(
      rules.filter(found => found.id !== undefined),
      found => found.id!,
    )
  }

  /** @throws {UserError} when there is no such rule, or it cannot be read */
  rule(id: string, location: Location): RuleDefinition {
    const rule = this.findRule(id)
    if (rule) return rule
    const hint = didYouMean(id, this.#rules.keys()) ?? 'Write the id of a rule: the name of its file, without .yaml.'
    const what = `No file of rules/ defines the rule "${id}".`
    throw new UserError({ code: 'TEST_FILE', what, location, fix: hint })
  }

  /**
   * @returns undefined when no file defines it
   * @throws {UserError} when it cannot be read, or more than one file defines it
   */
  findRule(id: string): RuleDefinition | undefined {
    const [found, other] = this.#rules.get(id) ?? []
    if (found && other) {
      const what = `The rule id "${id}" is taken twice, by ${found.path} and ${other.path}.`
      const fix = 'Give one of the two rules another id, or delete its file.'
      throw new UserError({ code: 'RULE_ID', what, fix, location: { path: other.path, line: 1, column: 1 } })
    }
    if (found && !found.rule) throw UserError.together(found.errors)
    return found?.rule
  }

  /** Ids of all rules that have one, whatever else is wrong with them. */
  get ruleIds(): readonly string[] {
    return [...this.#rules.keys()]
  }

  /** What keeps a file from being used at all; empty: nothing, or there is no such file. */
  faultsOfFile(path: string): readonly UserError[] {
    return this.#state.errors.filter(({ file }) => file === path).map(({ error }) => error)
  }

  /** The id of the rule that a file defines. */
  idOfFile(path: string): string | undefined {
    return [...this.#rules].find(([, found]) => found.some(rule => rule.path === path))?.[0]
  }

  /** Every rule that can be read at all, whatever else is wrong with its file's actions. */
  allRules(): RuleDefinition[] {
    return [...this.#rules.values()].flat().flatMap(({ rule }) => (rule ? [rule] : []))
  }

  /** Why streams that the rule reads are not there, when it is for their own faults. */
  faultsBehind(rule: RuleDefinition, streams: ReadonlyMap<string, StreamDefinition>): UserError[] {
    const missing = sourcesOf(rule).filter(name => !streams.has(name))
    if (missing.length === 0) return []
    const blamed = missing.flatMap(name => [`stream:${name}`, `table:${name}`])
    return this.#state.errors
      .filter(({ object, file }) =>
        object === undefined ? /^(?:streams|etc)(?:\/|$)/.test(file) : blamed.includes(object),
      )
      .map(({ error }) => error)
  }
}
