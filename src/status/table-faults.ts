// What the reconciler says of the objects in, the same with what is the matter with the files of tables out: those are
// read when they change, which no reconcile hears of.

import { errorLine } from '../core/errors.ts'
import { conditionsOf, type ObjectStatus } from '../reconciler/conditions.ts'
import type { ReconcileStatus } from '../reconciler/reconcile.ts'
import type { Engine } from '../runtime/engine.ts'
import type { TableFault } from '../runtime/file-tables.ts'

export function withTableFaults(status: ReconcileStatus, engine: Pick<Engine, 'tableFault'>): ReconcileStatus {
  const errors = [...status.errors]
  const warnings = [...status.warnings]
  const objects = status.objects.map(object => {
    const fault = object.kind === 'table' ? engine.tableFault(object.name) : undefined
    if (!fault) return object
    const lines = fault.error.all().map(errorLine)
    if (fault.severity === 'warning') warnings.push(...lines)
    else errors.push(...lines)
    return withFault(object, fault, lines[0]!)
  })
  return { ...status, objects, errors, warnings }
}

/** What is wrong with the definition itself is said first. */
function withFault(object: ObjectStatus, { severity, error, since, rows }: TableFault, line: string): ObjectStatus {
  const { conditions } = object
  if (severity === 'warning') {
    return { ...object, conditions: conditions.map(c => (c.message === '' ? { ...c, message: line } : c)) }
  }
  if (conditions.some(({ type, status }) => type === 'Ready' && status !== 'True')) return object
  const file = error.location ? `${error.location.path}:${error.location.line}` : object.file
  const message = `${line} ${rows > 0 ? 'Its last good rows stay.' : 'It has no rows until then.'}`
  return { ...object, file, conditions: conditionsOf('unread', message, conditions, since) }
}
