/** @file Functions to time → their median and best times, interleaved so that a slow minute hits all of them alike. */
import { cpus, loadavg } from "node:os";

export interface Timing {
  readonly median: number;
  readonly best: number;
}

/** Milliseconds of each function over `rounds` rounds, after one round to warm up. */
export async function interleaved<Name extends string>(
  functions: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds: number,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(functions) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await functions[name]();
      if (round > 0) times.get(name)!.push(performance.now() - start);
    }
  }
  const timing = (name: Name): Timing => {
    const sorted = times.get(name)!.sort((a, b) => a - b);
    return { median: sorted[sorted.length >> 1]!, best: sorted[0]! };
  };
  return Object.fromEntries(names.map((name) => [name, timing(name)])) as Record<Name, Timing>;
}

/** The machine in a line; a load above 0 before the run means that the numbers are not to be trusted. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]!.model.trim()}, load ${loadavg()[0]!.toFixed(2)}, Node ${process.version}`;
}
