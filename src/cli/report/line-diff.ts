// Two texts in, the lines that differ out, as `diff -u` writes them.

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

const CONTEXT = 3
/** Beyond so many pairs of lines a changed stretch is shown as a whole: no one reads such a diff line by line. */
const MOST_PAIRS = 4_000_000

/** @returns '' when the texts are equal; else it ends in a line break */
export function lineDiff(path: string, before: string, after: string): string {
  if (before === after) return ''
  const edits = editsBetween(linesOf(before), linesOf(after))
  return `--- ${path}\n+++ ${path}\n${hunksOf(edits).join('')}`
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else lines[lines.length - 1] += '\n\\ No newline at end of file'
  return lines
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return [
    ...before.slice(0, start).map(line => ({ sign: ' ', line }) as const),
    ...changes(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(line => ({ sign: ' ', line }) as const),
  ]
}

/** By the longest common subsequence. */
function changes(before: readonly string[], after: readonly string[]): Edit[] {
  const edits: Edit[] = []
  const width = after.length + 1
  const isSmall = before.length * after.length <= MOST_PAIRS
  /** at i, j: how many lines from i of the one and j of the other on are common */
  const common = new Uint16Array(isSmall ? (before.length + 1) * width : 0)
  for (let i = isSmall ? before.length - 1 : -1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const [down, right] = [common[(i + 1) * width + j]!, common[i * width + j + 1]!]
      common[i * width + j] = before[i] === after[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(down, right)
    }
  }
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [isOld, isNew] = [i < before.length, j < after.length]
    if (isSmall && isOld && isNew && before[i] === after[j]) {
      edits.push({ sign: ' ', line: before[i++]! })
      j++
      continue
    }
    const keepsMore = isSmall && isOld && isNew && common[i * width + j + 1]! > common[(i + 1) * width + j]!
    if (isOld && !keepsMore) edits.push({ sign: '-', line: before[i++]! })
    else edits.push({ sign: '+', line: after[j++]! })
  }
  return edits
}

/** The changed lines with the ones around them; stretches that touch are one. */
function hunksOf(edits: readonly Edit[]): string[] {
  const hunks: string[] = []
  let [oldLine, newLine] = [1, 1]
  let from = 0
  while (from < edits.length) {
    const first = edits.findIndex((edit, i) => i >= from && edit.sign !== ' ')
    if (first < 0) break
    let last = first
    for (let i = first; i < edits.length && i <= last + 2 * CONTEXT + 1; i++) if (edits[i]!.sign !== ' ') last = i
    const start = Math.max(from, first - CONTEXT)
    const hunk = edits.slice(start, last + CONTEXT + 1)
    const [oldStart, newStart] = [oldLine + start - from, newLine + start - from]
    const oldCount = hunk.filter(({ sign }) => sign !== '+').length
    const newCount = hunk.filter(({ sign }) => sign !== '-').length
    hunks.push(
      `@@ -${oldCount === 0 ? 0 : oldStart},${oldCount} +${newCount === 0 ? 0 : newStart},${newCount} @@\n`,
      ...hunk.map(({ sign, line }) => `${sign}${line}\n`),
    )
    oldLine = oldStart + oldCount
    newLine = newStart + newCount
    from = start + hunk.length
  }
  return hunks
}
