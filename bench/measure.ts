/** @file Functions to time → their median and best times, interleaved so that a slow minute hits all of them alike. */
import { cpus, loadavg } from "node:os";

export interface Timing {
  readonly median: number;
  readonly best: number;
  /** Median of the processor time of all threads, which other work on the machine disturbs less. */
  readonly processor: number;
}

/** Milliseconds of each function over `rounds` rounds, after one round to warm up. */
export async function interleaved<Name extends string>(
  functions: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds: number,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(functions) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  const processor = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      const before = process.cpuUsage();
      await functions[name]();
      if (round === 0) continue;
      const { user, system } = process.cpuUsage(before);
      times.get(name)!.push(performance.now() - start);
      processor.get(name)!.push((user + system) / 1000);
    }
  }
  const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1]!;
  const timing = (name: Name): Timing => {
    const all = times.get(name)!;
    return { median: median(all), best: Math.min(...all), processor: median(processor.get(name)!) };
  };
  return Object.fromEntries(names.map((name) => [name, timing(name)])) as Record<Name, Timing>;
}

/** The machine in a line; a load above 0 before the run means that the numbers are not to be trusted. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]!.model.trim()}, load ${loadavg()[0]!.toFixed(2)}, Node ${process.version}`;
}
