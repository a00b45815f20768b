// What a rule's options ask of its window (spec/windows-and-time.md 1.1 and 9): refused where they do not fit together.

import type { UserError } from '../core/errors.ts'
import type { SelectStatement } from './ast.ts'
import type { Fault } from './scope.ts'

export interface WindowOptions {
  /** v2: sliding windows are open on the left and closed on the right */
  readonly windowVersion?: 'v1' | 'v2'
  /** a sliding window with a delay comes in two parts */
  readonly sendSlidingWindowTwice?: boolean
  /** count windows may be used in event time */
  readonly countsInEventTime?: boolean
}

const VERSION = 'planOptimizeStrategy.windowOption.windowVersion'
const TWICE = 'planOptimizeStrategy.windowOption.enableSendSlidingWindowTwice'

/**
 * @returns warnings: options without effect
 * @throws {UserError}
 */
export function checkWindowOptions(
  { window, span }: SelectStatement,
  { windowVersion, sendSlidingWindowTwice }: WindowOptions,
  fault: Fault,
): UserError[] {
  const warnings: UserError[] = []
  const shape = window?.shape
  if (windowVersion === 'v2' && shape?.kind !== 'sliding' && shape?.kind !== 'state') {
    const fix = 'Leave the option out.'
    if (window) {
      const what = `The option "${VERSION}" cannot be v2 with this window.`
      const why = 'Only sliding windows have another version; state windows are the same in both.'
      throw fault.error('RULE_OPTION', window.span, what, { why, fix })
    }
    const what = `The option "${VERSION}" has no effect: the rule has no window.`
    warnings.push(fault.error('RULE_OPTION', span, what, { fix }))
  }
  if (sendSlidingWindowTwice && !(shape?.kind === 'sliding' && shape.delay !== undefined)) {
    const what = `The option "${TWICE}" has no effect: the rule has no sliding window with a delay.`
    const fix = 'Add a delay as the third argument of SLIDINGWINDOW, or leave the option out.'
    warnings.push(fault.error('RULE_OPTION', window?.span ?? span, what, { fix }))
  }
  return warnings
}
