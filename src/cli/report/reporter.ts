// What every report on tests must do, and which reports there are.

import type { Outcome } from '../../testing/run-tests.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly durationMs: number
}

/** Gets every outcome in order, files one after the other, and writes as it goes. */
export interface Reporter {
  begin(): Promise<void>
  outcome(outcome: Outcome): Promise<void>
  /** @param totals the last line, `N passed, N failed`, is the reporter's too */
  end(totals: Totals): Promise<void>
}

export const REPORTERS = ['spec', 'json'] as const

/** Reports that this version refuses by name. */
export const REPORTERS_NOT_BUILT = ['junit', 'github', 'sarif'] as const

export function summary({ passed, failed }: Totals): string {
  return `${passed} passed, ${failed} failed\n`
}
