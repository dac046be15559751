/**
 * @file Two systems on 500 documents with 5 types → seconds that `evaluate` takes with 10,000 resamples and shuffles, three
 * times over: the first compiles. `npm run bench evaluate [resamples]`.
 */
import type { Document, Mention } from "../src/documents/index.ts";
import { evaluate } from "../src/scores/index.ts";
import { randomFrom } from "../src/shared/random.ts";
import { machine } from "./measure.ts";

const types = ["Disease", "Chemical", "Gene", "Species", "Variant"];
const text = "word ".repeat(200).trim();

/** Gold has a mention at every sixth word; a system misses, moves and invents some of them. */
function documentsOf(seed: number, faults: number): Document[] {
  const random = randomFrom(seed);
  return Array.from({ length: 500 }, (_, id): Document => {
    const mentions: Mention[] = [];
    for (let word = 0; word < 200; word += 6) {
      if (random() < faults) continue;
      const place = 5 * (word + (random() < faults ? 1 : 0));
      const type = types[random() < faults / 2 ? 0 : (word / 6) % types.length]!;
      mentions.push({ start: place, end: place + 4, type });
    }
    return { id: String(id), passages: [{ text, mentions }] };
  });
}

export async function benchEvaluate(words: readonly string[]): Promise<void> {
  console.log(machine());
  const most = Number(words.find((word) => /^\d+$/.test(word)) ?? 10_000);
  const gold = { file: "gold", documents: documentsOf(1, 0) };
  const predictions = [
    { file: "a", documents: documentsOf(2, 0.1) },
    { file: "b", documents: documentsOf(3, 0.12) },
  ];
  for (let round = 1; round <= 3; round++) {
    const start = performance.now();
    const report = evaluate(["a", "b"], [{ ...gold, name: "made up", predictions }], {
      conventions: ["strict"],
      compare: true,
      seed: 1,
      resamples: most,
    });
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `round ${round}, ${most} resamples: ${seconds.toFixed(2)} s (${report.corpora.length} corpus, 2 systems)`,
    );
  }
}
