// A request that would change something in, what to do instead out: which file to edit.

import type { StatusDeps } from './deps.ts'

export interface WriteRefusal {
  readonly detail: string
  /** relative to the root folder; absent when it is not one file */
  readonly file?: string
}

const NAME = /^[A-Za-z0-9_-]+$/
const EVERYWHERE =
  'Everything is configured in files: streams/*.sql, rules/*.yaml and etc/. Edit them; they take effect at once.'

/** Places of eKuiper's REST interface that have another way here. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^\/rules\/validate$/, 'Write the rule as a file and run "sluice validate".'],
  [/^\/rules\/bulk(?:start|stop)$/, 'Set "triggered" in the files of the rules.'],
  [/^\/ruletest(?:\/|$)/, 'Rule tests are files, rules/<id>.test.yaml; run "sluice test".'],
  [/^\/(?:ruleset|data)\/import$/, 'Put streams into streams/*.sql and rules into rules/*.yaml.'],
  [/^\/(?:ruleset|data)\/export$/, 'The files themselves are the export: streams/, rules/ and etc/.'],
  [
    /^\/metadata\/sources\/(?:httppush|memory|redis|sql|file)(?:\/|$)/,
    'Source sections stand in etc/sources/<type>.yaml.',
  ],
  [/^\/configs?(?:\/|$)/, 'Settings of the appliance stand in etc/sluice.yaml.'],
]

/** @param path of the request, decoded */
export function refuseWrite(method: string, path: string, deps: StatusDeps): WriteRefusal {
  const other = ELSEWHERE.find(([pattern]) => pattern.test(path))
  if (other) return { detail: other[1] }
  const [, folder, name, verb] = /^\/(rules|streams|tables)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/.exec(path) ?? []
  if (folder === undefined) return { detail: EVERYWHERE }
  const kind = folder.slice(0, -1) as 'rule' | 'stream' | 'table'
  const extension = kind === 'rule' ? 'yaml' : 'sql'
  const home = kind === 'rule' ? 'rules' : 'streams'
  if (name === undefined) {
    return { detail: `To add a ${kind}, add the file ${home}/<${kind === 'rule' ? 'id' : 'name'}>.${extension}.` }
  }
  const known = fileOf(kind, name, deps)
  const file = known ?? (NAME.test(name) ? `${home}/${name}.${extension}` : undefined)
  if (file === undefined) return { detail: EVERYWHERE }
  return { detail: advice(method, kind, name, verb, file, known !== undefined), file }
}

function advice(
  method: string,
  kind: string,
  name: string,
  verb: string | undefined,
  file: string,
  known: boolean,
): string {
  if (!known) return `No file defines the ${kind} "${name}". To add it, add the file ${file}.`
  if (verb === 'start') return `To start the rule "${name}", set "triggered: true" in ${file}.`
  if (verb === 'stop') return `To stop the rule "${name}", set "triggered: false" in ${file}.`
  if (method === 'DELETE') return `To delete the ${kind} "${name}", delete its definition in ${file}.`
  return `To change the ${kind} "${name}", edit ${file}.`
}

/** Where an object is defined; one with errors is only in the reconciler's book. */
function fileOf(kind: 'rule' | 'stream' | 'table', name: string, deps: StatusDeps): string | undefined {
  const { rules, streams } = deps.engine
  const definition = kind === 'rule' ? rules.get(name)?.definition : streams.get(name)
  if (definition) return definition.location.path
  const object = deps.reconcile().objects.find(o => o.key === `${kind}:${name}`)
  return object?.file.replace(/:\d+$/, '') || undefined
}
