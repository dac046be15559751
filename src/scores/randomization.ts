/**
 * @file Two systems' tables of counts → how probable differences as large as theirs are if they were exchangeable:
 * paired approximate randomisation over documents (Noreen 1989; for F1: Yeh 2000, https://aclanthology.org/C00-2137),
 * and Holm's correction (1979) for looking at several types at once.
 */
import type { Random } from "../shared/random.ts";
import { randomFrom } from "../shared/random.ts";
import type { ResampleOptions } from "./bootstrap.ts";
import type { CountTable } from "./count-table.ts";
import { rateColumns, ratesOfSums, totalRates, totalSums } from "./count-table.ts";

const randomizationStream = 2;
/** Sums of halves are exact, quotients are not: equal differences must count as equal. */
const tolerance = 1e-12;

/** Two-sided p-values in the layout of `Rates`: (1 + differences as large) / (1 + shuffles), which is never 0. */
export function randomizationTest(
  a: CountTable,
  b: CountTable,
  { seed, resamples }: ResampleOptions,
): Float64Array {
  const random = randomFrom(seed, randomizationStream);
  const [sumsA, sumsB] = [totalSums(a), totalSums(b)];
  const [ratesA, ratesB] = [totalRates(a), totalRates(b)];
  const observed = ratesA.map((rate, at) => Math.abs(rate - ratesB[at]!) - tolerance);
  const changes = changesOf(a, b);
  const [moved, shuffledA, shuffledB] = [sumsA.slice(), sumsA.slice(), sumsB.slice()];
  const asLarge = new Float64Array(3 * rateColumns(a));
  for (let resample = 0; resample < resamples; resample++) {
    exchangeSome(changes, random, moved);
    for (let place = 0; place < moved.length; place++) {
      shuffledA[place] = sumsA[place]! + moved[place]!;
      shuffledB[place] = sumsB[place]! - moved[place]!;
    }
    ratesOfSums(shuffledA, ratesA);
    ratesOfSums(shuffledB, ratesB);
    for (let rate = 0; rate < asLarge.length; rate++) {
      if (Math.abs(ratesA[rate]! - ratesB[rate]!) >= observed[rate]!) asLarge[rate]!++;
    }
  }
  return asLarge.map((count) => (count + 1) / (resamples + 1));
}

/** B's sums minus A's for each document in which they differ; entries as in a `CountTable`. */
interface Changes {
  readonly starts: Int32Array;
  /** Places in the sums. */
  readonly places: Int32Array;
  readonly amounts: Float64Array;
}

/** Lets the systems change places in each document or not, by a coin; `moved` is then what A's sums gain. */
function exchangeSome({ starts, places, amounts }: Changes, random: Random, moved: Float64Array): void {
  moved.fill(0);
  let coins = 1;
  for (let document = 0; document + 1 < starts.length; document++) {
    // 30 coins a number: the leading 1 tells when all are used up
    if (coins === 1) coins = 2 ** 30 + Math.floor(random() * 2 ** 30);
    const isExchanged = (coins & 1) === 1;
    coins >>>= 1;
    if (!isExchanged) continue;
    for (let entry = starts[document]!; entry < starts[document + 1]!; entry++) {
      moved[places[entry]!]! += amounts[entry]!;
    }
  }
}

/** Documents without difference are left out: exchanging there changes nothing. */
function changesOf(a: CountTable, b: CountTable): Changes {
  const starts = [0];
  const places: number[] = [];
  const amounts: number[] = [];
  const row = new Float64Array(3 * (a.types.length + 1));
  for (let document = 0; document < a.documents; document++) {
    const touched = new Set([...addRow(b, document, 1, row), ...addRow(a, document, -1, row)]);
    for (const place of touched) {
      if (row[place] !== 0) {
        places.push(place);
        amounts.push(row[place]!);
      }
      row[place] = 0;
    }
    if (places.length > starts.at(-1)!) starts.push(places.length);
  }
  return {
    starts: Int32Array.from(starts),
    places: Int32Array.from(places),
    amounts: Float64Array.from(amounts),
  };
}

/** Adds a document's numbers to a dense row; returns the places it touched. */
function addRow(table: CountTable, document: number, sign: 1 | -1, row: Float64Array): number[] {
  const { starts, columns, values } = table;
  const touched: number[] = [];
  for (let entry = starts[document]!; entry < starts[document + 1]!; entry++) {
    for (let number = 0; number < 3; number++) {
      const place = 3 * columns[entry]! + number;
      row[place]! += sign * values[3 * entry + number]!;
      touched.push(place);
    }
  }
  return touched;
}

/** Holm's step-down correction: the smallest p times their number, the next times one less …; never above 1. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, at) => at).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = pValues.map(() => 1);
  let least = 0;
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, pValues[at]! * (pValues.length - rank)));
    corrected[at] = least;
  }
  return corrected;
}
