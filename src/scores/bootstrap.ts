/**
 * @file A table of counts → how its rates vary over resampled documents: the bootstrap with percentile intervals
 * (Efron & Tibshirani 1993, chapter 13). Documents, not mentions, are drawn: mentions of one document hang together.
 * Two tables with one seed draw the same documents, so that their differences are the paired bootstrap
 * (Berg-Kirkpatrick, Burkett & Klein 2012).
 */
import { randomFrom } from "../shared/random.ts";
import type { CountTable } from "./count-table.ts";
import { rateColumns, ratesOfSums } from "./count-table.ts";

export interface ResampleOptions {
  readonly seed: number;
  readonly resamples: number;
}

/** Number `rate` (0 precision, 1 recall, 2 F1) of a column over all resamples: `samples[3 * column + rate]`. */
export type Samples = readonly Float64Array[];

const bootstrapStream = 1; // apart from the random numbers of other tests with the same seed

export function bootstrapRates(table: CountTable, { seed, resamples }: ResampleOptions): Samples {
  const { documents, starts, columns, values } = table;
  const random = randomFrom(seed, bootstrapStream);
  const rates = new Float64Array(3 * rateColumns(table));
  const sums = new Float64Array(rates.length - 3);
  const samples = Array.from(rates, () => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    sums.fill(0);
    for (let draw = 0; draw < documents; draw++) {
      const document = Math.floor(random() * documents);
      for (let entry = starts[document]!; entry < starts[document + 1]!; entry++) {
        const at = 3 * columns[entry]!;
        sums[at]! += values[3 * entry]!;
        sums[at + 1]! += values[3 * entry + 1]!;
        sums[at + 2]! += values[3 * entry + 2]!;
      }
    }
    ratesOfSums(sums, rates);
    for (let rate = 0; rate < rates.length; rate++) samples[rate]![resample] = rates[rate]!;
  }
  return samples;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle `confidence` of the samples. */
export function percentileInterval(samples: Float64Array, confidence: number): Interval {
  const sorted = samples.slice().sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Between two samples the quantile is interpolated (Hyndman & Fan 1996, type 7). */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
