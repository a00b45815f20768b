// A function of a text in, the same function out, which remembers what it gave. Such texts may come from data (a column
// that holds a pattern), so what is remembered is bounded in number and in size.

const MOST_TEXTS = 500
/** Longer texts are worked on each time: a device must not fill the memory with them. */
const LONGEST_TEXT = 10_000

/** @param compute always gives the same for the same text; what it throws is not remembered */
export function rememberByText<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return text => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as T
    const value = compute(text)
    if (text.length > LONGEST_TEXT) return value
    // The oldest goes.
    if (known.size >= MOST_TEXTS) known.delete(known.keys().next().value!)
    known.set(text, value)
    return value
  }
}
