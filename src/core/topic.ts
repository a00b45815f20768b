// Topics and patterns of them: what is wrong with a pattern, and which topics it fits.

/** What is wrong with a subscription's pattern, or undefined. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty'
  const levels = pattern.split('/')
  if (levels.some(level => level.length > 1 && /[+#]/.test(level))) return '+ and # must stand alone between slashes'
  if (levels.slice(0, -1).includes('#')) return '# may only stand at the end'
  return undefined
}

/**
 * Whether who subscribes to the pattern gets what is published to the topic.
 * @param pattern its parts between slashes
 * @param topic its parts between slashes
 * @see MQTT 5.0, section 4.7.1
 */
export function levelsMatch(pattern: readonly string[], topic: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '#') return i === pattern.length - 1
    if (i >= topic.length || (pattern[i] !== '+' && pattern[i] !== topic[i])) return false
  }
  return pattern.length === topic.length
}
