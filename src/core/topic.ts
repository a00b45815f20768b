// A pattern of topics in, what is wrong with it out: what the reader of CREATE and the memory source agree on.

/** What is wrong with a subscription's pattern, or undefined. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty'
  const levels = pattern.split('/')
  if (levels.some(level => level.length > 1 && /[+#]/.test(level))) return '+ and # must stand alone between slashes'
  if (levels.slice(0, -1).includes('#')) return '# may only stand at the end'
  return undefined
}
