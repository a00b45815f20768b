// The path of a push endpoint, as DATASOURCE writes it, in; a checked form that requests can be matched with, out.

/** What meta() already means for a push; a path parameter of the same name would hide it. */
const RESERVED = ['path', 'method', 'remoteAddress', 'header', 'query']

/** A checked endpoint path. */
export interface Endpoint {
  /** as written */
  readonly path: string
  /** The path with parameter names left out: `/in/{id}` and `/in/:device` have one shape and match the same requests. */
  readonly shape: string
  /** parameter names in order; empty: the path is literal and equal to every request path it matches */
  readonly parameters: readonly string[]
  /** for a path with parameters: matches a whole, decoded request path; group n + 1 is parameter n */
  readonly pattern: RegExp | undefined
  /** Of two shapes that match one request, the one with the greater specificity answers: literal parts, from the left. */
  readonly specificity: string
}

/**
 * Reads an endpoint path: literal text, `{name}` and `:name` for one segment, `{name:regular expression}`.
 * @returns the endpoint, or a sentence that says what is wrong with it
 * @see spec/http-push.md 2 and 3 (the path syntax is that of gorilla/mux)
 */
export function parseEndpoint(path: string): Endpoint | string {
  const parts = splitParts(path)
  if (typeof parts === 'string') return parts
  const fault = plainFault(path, parts)
  if (fault !== undefined) return fault
  const parameters: string[] = []
  for (const part of parts) {
    if (part.kind === 'text') continue
    if (!/^[A-Za-z_][\w-]*$/.test(part.name)) {
      return `The parameter name "${part.name}" is not a letter or underscore followed by letters, digits, "_" or "-".`
    }
    if (RESERVED.includes(part.name))
      return `The parameter name "${part.name}" is taken: meta(${part.name}) is the request's own.`
    if (parameters.includes(part.name)) return `The parameter "${part.name}" stands in the path twice.`
    const wrong = expressionFault(part.expression)
    if (wrong !== undefined) return `The expression of parameter "${part.name}" ${wrong}.`
    parameters.push(part.name)
  }
  const shape = parts
    .map(p => (p.kind === 'text' ? p.text : p.expression === ONE_SEGMENT ? '{}' : `{:${p.expression}}`))
    .join('')
  if (parameters.length === 0) return { path, shape, parameters, pattern: undefined, specificity: '' }
  const source = parts.map(p => (p.kind === 'text' ? RegExp.escape(p.text) : `(${p.expression})`)).join('')
  return { path, shape, parameters, pattern: new RegExp(`^${source}$`, 'u'), specificity: specificityOf(parts) }
}

const ONE_SEGMENT = '[^/]+'

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly expression: string }

/** Faults of the literal parts; an expression may hold any of these characters. */
function plainFault(path: string, parts: readonly Part[]): string | undefined {
  if (path === '') return 'The endpoint path is empty.'
  if (!path.startsWith('/')) return `The endpoint path "${path}" must start with "/".`
  const literal = parts.map(part => (part.kind === 'text' ? part.text : 'x')).join('')
  const strange = /[\s\p{Cc}?#%\\]/u.exec(literal)?.[0]
  if (strange !== undefined) {
    return `The endpoint path "${path}" may not contain ${JSON.stringify(strange)}${WHY_STRANGE[strange] ?? ''}.`
  }
  if (literal.includes('//')) return `The endpoint path "${path}" has an empty segment ("//").`
  if (/\/\.\.?(\/|$)/.test(literal))
    return `The endpoint path "${path}" has a "." or ".." segment, which clients never send.`
  return undefined
}

const WHY_STRANGE: Readonly<Record<string, string>> = {
  '?': ': the query is not part of the path',
  '#': ': a fragment is never sent',
  '%': ': write the character itself',
}

function splitParts(path: string): readonly Part[] | string {
  const parts: Part[] = []
  let text = ''
  const flush = () => {
    if (text !== '') parts.push({ kind: 'text', text })
    text = ''
  }
  for (let i = 0; i < path.length; i++) {
    const char = path[i]!
    if (char === '}') return `The endpoint path "${path}" has a "}" without "{".`
    if (char === '{') {
      const end = closingBrace(path, i)
      if (end < 0) return `The endpoint path "${path}" has a "{" without "}".`
      const inner = path.slice(i + 1, end)
      const colon = inner.indexOf(':')
      flush()
      parts.push({
        kind: 'parameter',
        name: colon < 0 ? inner : inner.slice(0, colon),
        expression: colon < 0 ? ONE_SEGMENT : inner.slice(colon + 1),
      })
      i = end
    } else if (char === ':' && path[i - 1] === '/') {
      const end = path.indexOf('/', i)
      flush()
      parts.push({ kind: 'parameter', name: path.slice(i + 1, end < 0 ? path.length : end), expression: ONE_SEGMENT })
      i = (end < 0 ? path.length : end) - 1
    } else {
      text += char
    }
  }
  flush()
  return parts
}

/** The brace that closes the one at `open`: an expression may hold braces of its own (`{id:[0-9]{3}}`). */
function closingBrace(path: string, open: number): number {
  let depth = 0
  for (let i = open; i < path.length; i++) {
    if (path[i] === '\\') i++
    else if (path[i] === '{') depth++
    else if (path[i] === '}' && --depth === 0) return i
  }
  return -1
}

function expressionFault(expression: string): string | undefined {
  if (expression === '') return 'is empty'
  try {
    // One more alternative makes it match anything, so that its groups can be counted.
    const groups = new RegExp(`${expression}|`, 'u').exec('')!.length - 1
    if (groups > 0) return 'may not capture: write "(?:…)" for a group'
    new RegExp(`(?:${expression})`, 'u')
  } catch (error) {
    return `is not a regular expression: ${(error as Error).message}`
  }
  return undefined
}

/** One digit a character: 2 literal, 1 expression, 0 any segment. Compared as text, greater first. */
function specificityOf(parts: readonly Part[]): string {
  return parts
    .map(part => (part.kind === 'text' ? '2'.repeat(part.text.length) : part.expression === ONE_SEGMENT ? '0' : '1'))
    .join('')
}
