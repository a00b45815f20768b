// One case as a test file writes it in, the case with its steps and expectations in their own types out.

import { check, valueAt } from '../config/validate.ts'
import type { ConfigDocument, Path } from '../config/yaml.ts'
import { parseDuration } from '../core/duration.ts'
import { UserError } from '../core/errors.ts'
import { writeJson } from '../core/json.ts'
import type { Location, SourceText } from '../core/location.ts'
import { setOwn, type Value } from '../core/value.ts'
import type { Expected } from './compare.ts'

/** A document whose texts know their place: a YAML file, or a line of a corpus. */
export interface CaseDocument extends ConfigDocument {
  textAt(path: Path): SourceText
}

/** What a case is about: a rule of the repository, or a SELECT of its own. */
export type Subject =
  | { readonly kind: 'rule'; readonly id: string; readonly locate: () => Location }
  | { readonly kind: 'sql'; readonly sql: SourceText }

export interface HttpPart {
  /** default: the method of the step's stream */
  readonly method: string | undefined
  /** default: the path of the step's stream */
  readonly path: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** Something pushed at a moment; without a body it only moves the clock. */
export interface Step {
  /** ms since 1970 UTC on the test's clock */
  readonly at: number
  readonly stream: string | undefined
  readonly body: string | undefined
  /** the body comes as a request to the listener */
  readonly http: HttpPart | undefined
  /** the HTTP status that is expected; undefined: any 2xx */
  readonly status: number | undefined
  /** of the step, or of one of its keys */
  readonly locate: (key?: 'stream' | 'http') => Location
}

/** Messages of one action: a text is compared byte for byte, all else as JSON. */
export type ExpectedMessages = readonly Value[]

export interface RunExpectation {
  readonly kind: 'run'
  readonly emissions: readonly Expected[] | undefined
  readonly unordered: boolean
  readonly sinks: readonly {
    readonly key: string
    readonly messages: ExpectedMessages
    readonly locate: () => Location
  }[]
}

/** `text` of a refusal is for people: the wording of errors is not part of a test. */
export type Expectation =
  | { readonly kind: 'accept' }
  | { readonly kind: 'reject'; readonly text: string | undefined }
  | RunExpectation

export interface TestCase {
  readonly name: string
  readonly locate: () => Location
  readonly subject: Subject
  /** DDL; undefined: the repository's streams */
  readonly streams: readonly SourceText[] | undefined
  /** rule options as written, laid over the rule's own */
  readonly options: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
  readonly expectation: Expectation
}

export interface ReadCases {
  readonly cases: readonly TestCase[]
  readonly errors: readonly UserError[]
}

interface WrittenStep {
  readonly at?: number | string
  readonly stream?: string
  readonly data?: Value
  readonly raw?: string
  readonly http?: {
    readonly method?: string
    readonly path?: string
    readonly headers?: Readonly<Record<string, string | number | boolean>>
    readonly body?: string
  }
  readonly status?: number
}

interface WrittenCase {
  readonly name: string
  readonly options?: Readonly<Record<string, unknown>> | null
  readonly given?: readonly WrittenStep[]
  readonly expect?: readonly Expected[]
  readonly unordered?: boolean
  readonly sinks?: Readonly<Record<string, readonly Value[]>>
  readonly accept?: true
  readonly reject?: boolean | string
}

interface WrittenFile {
  readonly rule?: string | number
  readonly sql?: string
  readonly streams?: readonly string[]
  readonly options?: Readonly<Record<string, unknown>> | null
  readonly cases: readonly WrittenCase[]
}

/**
 * Reads a whole document: a file with `cases`, or one flat case.
 * @param isFlat a line of a corpus; of a file the document itself tells
 * @returns all cases, or every error, TEST_FILE with its place
 */
export function readCases(document: CaseDocument, isFlat: boolean): ReadCases {
  const flat = isFlat || looksFlat(document.value)
  const errors = check('ruleTest', document, { code: 'TEST_FILE', ...(flat ? { part: '/$defs/flat' } : {}) })
  if (errors.length > 0) return { cases: [], errors }
  const reader = new CaseReader(document)
  const cases = flat ? [reader.read([])] : reader.readAll()
  return { cases: reader.errors.length > 0 ? [] : cases, errors: reader.errors }
}

function looksFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.hasOwn(value, 'cases')) return false
  return ['given', 'expect', 'accept', 'reject'].some(key => Object.hasOwn(value, key))
}

class CaseReader {
  readonly errors: UserError[] = []
  readonly #document: CaseDocument
  readonly #file: WrittenFile

  constructor(document: CaseDocument) {
    this.#document = document
    this.#file = document.value as WrittenFile
  }

  readAll(): TestCase[] {
    return this.#file.cases.map((_, i) => this.read(['cases', i]))
  }

  /** @param at path of the case; what the case shares with its file stands at the document's top in either form */
  read(at: Path): TestCase {
    const written = valueAt(this.#file, at) as WrittenCase
    const { streams } = this.#file
    return {
      name: written.name,
      locate: () => this.#document.locate(at.length === 0 ? at : [...at, 'name'], 'key'),
      subject: this.#subject(),
      streams: streams?.map((_, i) => this.#document.textAt(['streams', i])),
      options: { ...this.#file.options, ...written.options },
      steps: this.#steps(written.given ?? [], [...at, 'given']),
      expectation: this.#expectation(written, at),
    }
  }

  #subject(): Subject {
    const { rule, sql } = this.#file
    if ((rule === undefined) === (sql === undefined)) {
      if (rule === undefined) {
        const fix = 'Write rule: with the id of a rule, or sql: with a SELECT.'
        this.#fail([], 'Neither rule: nor sql: says what is tested.', fix)
      } else this.#fail(['sql'], 'There are both rule: and sql:.', 'Keep one of the two.', 'key')
    }
    const locate = () => this.#document.locate(['rule'])
    return rule !== undefined || sql === undefined
      ? { kind: 'rule', id: String(rule), locate }
      : { kind: 'sql', sql: this.#document.textAt(['sql']) }
  }

  #steps(written: readonly WrittenStep[], at: Path): Step[] {
    let now: number | undefined
    return written.map((step, i) => {
      const path = [...at, i]
      const moment = parseDuration(step.at) ?? now ?? 0
      if (now !== undefined && moment < now) {
        this.#fail(
          [...path, 'at'],
          'The step is earlier than the one before it: the clock never goes back.',
          'Put the steps in the order of their times.',
        )
      }
      now = moment
      return this.#step(step, moment, path)
    })
  }

  #step(step: WrittenStep, at: number, path: Path): Step {
    const forms = (['data', 'raw', 'http'] as const).filter(form => step[form] !== undefined)
    const hasTarget = step.stream !== undefined || step.http?.path !== undefined
    if (forms.length > 1)
      this.#fail(
        [...path, forms[1]!],
        `A step has one of data, raw and http, not ${forms.join(' and ')}.`,
        'Make two steps of it.',
        'key',
      )
    else if (forms.length === 0 && step.stream !== undefined)
      this.#fail(path, 'The step pushes nothing: data, raw or http is missing.', 'Write data: with a row.')
    else if (forms.length === 0 && step.at === undefined)
      this.#fail(path, 'The step does nothing.', 'Give it at: to move the clock, or stream: and data: to push a row.')
    else if (forms.length === 1 && !hasTarget)
      this.#fail(
        path,
        `The step does not say where to push: ${step.http ? 'stream, or http.path,' : 'stream'} is missing.`,
        'Write stream: with the name of a stream.',
      )
    if (step.status !== undefined && !step.http)
      this.#fail(
        [...path, 'status'],
        'Only an http step is answered with a status.',
        'Leave it out, or push with http:.',
        'key',
      )
    return {
      at,
      stream: step.stream,
      body: step.http ? (step.http.body ?? '') : (step.raw ?? this.#data(step.data, [...path, 'data'])),
      http: step.http && {
        method: step.http.method,
        path: step.http.path,
        headers: Object.fromEntries(Object.entries(step.http.headers ?? {}).map(([k, v]) => [k, String(v)])),
      },
      status: step.status,
      locate: key => this.#document.locate(key === undefined ? path : [...path, key]),
    }
  }

  #data(data: Value | undefined, path: Path): string | undefined {
    if (data === undefined) return undefined
    const exact = this.#exact(data, path, item => {
      this.#fail(item, 'No JSON body can say this number.', 'Write null, or the body itself under raw:.')
    })
    return writeJson(exact)
  }

  #expectation(written: WrittenCase, at: Path): Expectation {
    const { accept, reject, expect, sinks, given } = written
    const compileOnly = accept !== undefined || reject !== undefined
    if (compileOnly && (expect !== undefined || sinks !== undefined || given !== undefined)) {
      this.#fail(
        [...at, accept ? 'accept' : 'reject'],
        `With ${accept ? 'accept' : 'reject'} nothing is run: given, expect and sinks have no place.`,
        `Leave them out, or leave out ${accept ? 'accept' : 'reject'}.`,
        'key',
      )
    }
    if (accept && reject !== undefined)
      this.#fail([...at, 'reject'], 'A case cannot both accept and reject.', 'Keep one of the two.', 'key')
    if (accept) return { kind: 'accept' }
    if (reject === true || typeof reject === 'string')
      return { kind: 'reject', text: reject === true ? undefined : reject }
    if (reject === false)
      this.#fail(
        [...at, 'reject'],
        'reject must be true or a text.',
        'Write accept: true for a rule that must compile.',
      )
    else if (expect === undefined && sinks === undefined) {
      this.#fail(at, 'The case expects nothing, so it cannot fail.', 'Write expect: with the emissions, [] for none.')
    }
    if (sinks !== undefined && this.#file.sql !== undefined) {
      this.#fail(
        [...at, 'sinks'],
        'Only a rule of the repository has actions: with sql: there are no sinks.',
        'Write rule: instead of sql:.',
        'key',
      )
    }
    return {
      kind: 'run',
      emissions: expect && (this.#exact(expect, [...at, 'expect']) as unknown as readonly Expected[]),
      unordered: written.unordered ?? false,
      sinks: Object.entries(sinks ?? {}).map(([key, messages]) => ({
        key,
        messages: this.#exact(messages, [...at, 'sinks', key]) as ExpectedMessages,
        locate: () => this.#document.locate([...at, 'sinks', key], 'key'),
      })),
    }
  }

  /** Integers that a double cannot hold, read again from the text: YAML has rounded them. */
  #exact(value: Value, path: Path, onNonFinite?: (path: Path) => void): Value {
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) onNonFinite?.(path)
      if (Number.isSafeInteger(value) || !Number.isInteger(value)) return value
      const text = this.#document.textAt(path).text
      if (!/^[-+]?\d+$/.test(text)) return value
      const exact = BigInt(text.replace('+', ''))
      return BigInt.asIntN(64, exact) === exact ? exact : value
    }
    if (Array.isArray(value)) return value.map((item, i) => this.#exact(item, [...path, i], onNonFinite))
    if (typeof value !== 'object' || value === null) return value
    const copy: Record<string, Value> = {}
    for (const [key, item] of Object.entries(value)) setOwn(copy, key, this.#exact(item, [...path, key], onNonFinite))
    return copy
  }

  #fail(path: Path, what: string, fix: string, part: 'key' | 'value' = 'value'): void {
    const location = this.#document.locate(path, part)
    this.errors.push(new UserError({ code: 'TEST_FILE', what, fix, location }))
  }
}
