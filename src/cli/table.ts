// Rows of texts in, lines with the columns under one another out.

/** Columns are as wide as their longest cell, two spaces apart; the last one is not padded. */
export function tableText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map(row => row.map(printable))
  const widths = header.map((_, column) => Math.max(...cells.map(row => (row[column] ?? '').length)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
  return `${cells.map(row => line(row).trimEnd()).join('\n')}\n`
}

/** On one line, and without the control characters that would speak to the terminal. */
export function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
}
