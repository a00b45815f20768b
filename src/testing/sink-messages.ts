// A rule's actions and what it sent on in, the messages that each action is given to send out. Nothing is contacted.

import type { RuleDefinition } from '../catalog/definition.ts'
import { resolveReferences } from '../config/references.ts'
import { didYouMean, UserError } from '../core/errors.ts'
import { parseJsonLossless, writeJson } from '../core/json.ts'
import type { Emission } from '../core/row.ts'
import type { Value } from '../core/value.ts'
import { makeDelivery } from '../sinks/delivery.ts'
import { sinkKind, splitOptions } from '../sinks/registry.ts'
import type { Outgoing } from '../sinks/sink.ts'
import { plainValue, sameValue } from './compare.ts'
import { brief, show } from './difference.ts'
import { keepReference } from './repository.ts'
import type { RunExpectation } from './test-case.ts'

/**
 * Compares the messages of the actions that the case names.
 * @param property for templates that read `prop`
 * @returns what differs, undefined when nothing does
 * @throws {UserError} when the case names an action that the rule does not have, or the action's options cannot be
 */
export function sinkDifferences(
  rule: RuleDefinition,
  emissions: readonly Emission[],
  expected: RunExpectation['sinks'],
  property: (name: string) => string | undefined,
): string | undefined {
  const keys = actionKeys(rule)
  for (const { key, messages, locate } of expected) {
    const at = keys.indexOf(plainKey(key, keys))
    if (at < 0) {
      throw new UserError({
        code: 'TEST_FILE',
        what: `Rule "${rule.id}" has no action "${key}".`,
        why: `Its actions are ${keys.join(', ')}.`,
        ...(fix => (fix === undefined ? {} : { fix }))(didYouMean(key, keys)),
        location: locate(),
      })
    }
    const difference = compare(messagesOf(rule, at, emissions, property), messages)
    if (difference !== undefined) return `sink ${key}, ${difference}`
  }
  return undefined
}

/** By action: the sink's name, with `[0]`, `[1]` … where a rule has several of one kind. */
function actionKeys(rule: RuleDefinition): string[] {
  const seen = new Map<string, number>()
  return rule.actions.map(({ sink }) => {
    const index = seen.get(sink) ?? 0
    seen.set(sink, index + 1)
    return rule.actions.filter(action => action.sink === sink).length > 1 ? `${sink}[${index}]` : sink
  })
}

/** `mqtt[0]` also names an only mqtt. */
function plainKey(key: string, keys: readonly string[]): string {
  const plain = key.replace(/\[0\]$/, '')
  return !keys.includes(key) && keys.includes(plain) ? plain : key
}

function messagesOf(
  rule: RuleDefinition,
  at: number,
  emissions: readonly Emission[],
  property: (name: string) => string | undefined,
): (string | Error)[] {
  const { sink, options, location } = rule.actions[at]!
  const kind = sinkKind(sink, location)
  const { common } = splitOptions(kind, resolveReferences(options, keepReference), location)
  const deliver = makeDelivery(common, { takes: kind.takes, sendMeta: rule.options.sendMetaToSink, property })
  const asText = (message: Outgoing | Error) => {
    if (message instanceof Error) return message
    if (message.payload === undefined) return writeJson(common.sendSingle ? message.rows[0] : message.rows)
    return typeof message.payload === 'string' ? message.payload : Buffer.from(message.payload).toString('utf8')
  }
  return emissions.flatMap(emission => deliver(emission).map(asText))
}

function compare(got: readonly (string | Error)[], want: readonly Value[]): string | undefined {
  for (let i = 0; i < Math.max(got.length, want.length); i++) {
    const [g, w] = [got[i], want[i]]
    const n = `message ${i + 1}`
    if (g === undefined) return `${n}: expected, but there is none\n- ${shown(w)}`
    if (g instanceof Error) return `${n}: it could not be made: ${g.message}`
    if (w === undefined) return `${n}: not expected\n+ ${shown(g)}`
    if (!same(g, w)) return `${n} differs\n- expected ${shown(w)}\n+ got      ${shown(g)}`
  }
  return undefined
}

/** A text as it is, unless an eye would miss something of it. */
function shown(message: Value | undefined): string {
  return typeof message === 'string' && !/[\x00-\x1f]|^\s|\s$|^$/.test(message) ? brief(message) : show(message)
}

/** A text stands for exact bytes; anything else for any JSON of the same value. */
function same(got: string, want: Value): boolean {
  if (typeof want === 'string') return got === want
  try {
    return sameValue(parseJsonLossless(got), plainValue(want))
  } catch {
    return false
  }
}
