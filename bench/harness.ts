// What work costs: something that can be run for a while in; rows a second, CPU seconds and ratios out.
//
// Others use the machine too. Trust the ratios, which are of neighbours in time, and the CPU seconds, of which the least
// of several rounds is shown because disturbance only adds; the absolute rates are those of the machine at that moment.

/** Runs for about so long. @returns rows worked on */
export type Run = (ms: number) => number | Promise<number>

export interface Workload {
  readonly name: string
  readonly sluice: Run
  /** JavaScript written by hand for the same query */
  readonly hand?: Run | undefined
}

interface Sample {
  readonly rowsPerSecond: number
  /** seconds a million rows, user and system */
  readonly cpuPerMillion: number
}

/** Medians of the rounds, but the least of the CPU seconds. */
export interface Figures extends Sample {
  readonly byHand?: { readonly rowsPerSecond: number; readonly ratio: number; readonly cpuRatio: number }
}

async function measure(run: Run, ms: number): Promise<Sample> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const rows = await run(ms)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { rowsPerSecond: rows / seconds, cpuPerMillion: (user + system) / rows }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** What is written by hand is the simpler code, and settles sooner. */
const SHARE_OF_HAND = 1 / 3

/** Measures a workload that has been warmed up, by turns with what was written by hand. */
export async function compare({ sluice, hand }: Workload, rounds: number, ms: number): Promise<Figures> {
  const ours: Sample[] = []
  const theirs: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    // Whoever goes first now goes last then: the machine's mood is shared.
    if (hand && round % 2 === 1) theirs.push(await measure(hand, ms * SHARE_OF_HAND))
    ours.push(await measure(sluice, ms))
    if (hand && round % 2 === 0) theirs.push(await measure(hand, ms * SHARE_OF_HAND))
  }
  const figures = {
    rowsPerSecond: median(ours.map(s => s.rowsPerSecond)),
    cpuPerMillion: Math.min(...ours.map(s => s.cpuPerMillion)),
  }
  if (!hand) return figures
  const ratio = (of: (s: Sample) => number) => median(ours.map((s, i) => of(s) / of(theirs[i]!)))
  return {
    ...figures,
    byHand: {
      rowsPerSecond: median(theirs.map(s => s.rowsPerSecond)),
      ratio: ratio(s => s.rowsPerSecond),
      cpuRatio: ratio(s => s.cpuPerMillion),
    },
  }
}

/** One line of the table. */
export function tableRow(name: string, { rowsPerSecond, cpuPerMillion, byHand }: Figures): Record<string, unknown> {
  const millions = (rate: number) => Number((rate / 1e6).toFixed(2))
  return {
    workload: name,
    'M rows/s': millions(rowsPerSecond),
    'CPU s/M rows': Number(cpuPerMillion.toFixed(3)),
    ...(byHand && {
      'by hand': millions(byHand.rowsPerSecond),
      ratio: Number(byHand.ratio.toFixed(2)),
      'CPU ratio': Number(byHand.cpuRatio.toFixed(2)),
    }),
  }
}
