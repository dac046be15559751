/**
 * @file A label model and its recipe's dev corpora → how names are carried through documents, type by type, the curves
 * that make scores probabilities, and the least of them that is shown: chosen on dev alone, written to the model's
 * nerium.json, drawn in its thresholds.svg, and told with dev F1 and calibration error (in halves of the documents that did
 * not fit the curve).
 * Usage: tsx --conditions=@nerium/source scripts/tune-builtin.ts MODEL RECIPE
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Document, Mention } from "../src/documents/index.ts";
import { readModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { randomFrom } from "../src/shared/random.ts";
import { calibrated, fitCalibration, type ScoredMention } from "../src/tagging/calibration.ts";
import type { ConsistencySettings } from "../src/tagging/consistency.ts";
import { openLabelNetwork, type ReadPassage } from "../src/tagging/label-network.ts";
import { documentMentions, mentionsOf, type TaggingSettings } from "../src/tagging/label-tagger.ts";
import { type CurvePoint, thresholdCurves } from "./threshold-curves.ts";
import { loadRecipe } from "../src/training/recipe.ts";
import { openRecipeCorpus } from "../src/training/recipe-data.ts";

const [folder, recipePath] = process.argv.slice(2);
if (recipePath === undefined) throw new Error("usage: tune-builtin.ts MODEL RECIPE");
const model = await readModelFolder(folder!);
const { recipe } = await loadRecipe(recipePath, []);

interface DevDocument {
  readonly document: Document;
  readonly read: readonly ReadPassage[];
}
interface DevCorpus {
  readonly name: string;
  readonly types: readonly string[];
  readonly documents: readonly DevDocument[];
}

const corpora: DevCorpus[] = [];
{
  await using network = await openLabelNetwork(model, { runtime: onnxRuntime, name: folder! });
  for (const corpus of recipe.dev) {
    const all: Document[] = [];
    for await (const document of openRecipeCorpus(corpus)) all.push(document);
    const documents: DevDocument[] = [];
    for (let at = 0; at < all.length; at += 64) {
      const group = all.slice(at, at + 64);
      const read = await network.read(group);
      group.forEach((document, place) => documents.push({ document, read: read[place]! }));
    }
    corpora.push({ name: corpus.name ?? corpus.path, types: corpus.annotates, documents });
  }
}

const keyOf = ({ start, end }: Mention): string => `${start} ${end}`;

interface Count {
  readonly right: number;
  readonly found: number;
  readonly gold: number;
}

/** Every second document, or all. */
type Half = 0 | 1 | undefined;

const inHalf = ({ documents }: DevCorpus, half: Half): readonly DevDocument[] =>
  half === undefined ? documents : documents.filter((_, at) => at % 2 === half);

/** Strict counts of one type; `predict` gives the mentions of each passage of the document `at`. */
function countOf(
  corpus: DevCorpus,
  type: string,
  predict: (read: readonly ReadPassage[], at: number) => readonly (readonly Mention[])[],
  half?: Half,
): Count {
  let [right, found, gold] = [0, 0, 0];
  for (const [at, { document, read }] of inHalf(corpus, half).entries()) {
    predict(read, at).forEach((mentions, passage) => {
      const wanted = new Set(document.passages[passage]!.mentions.filter((m) => m.type === type).map(keyOf));
      const got = new Set(mentions.filter((m) => m.type === type).map(keyOf));
      gold += wanted.size;
      found += got.size;
      for (const key of got) if (wanted.has(key)) right++;
    });
  }
  return { right, found, gold };
}
const f1 = ({ right, found, gold }: Count): number => (200 * right) / Math.max(1, found + gold);

const bare = { types: model.nerium.types, tagged: model.nerium.tagged };
const choices: (ConsistencySettings | undefined)[] = [undefined];
for (const repeat of [0.02, 0.05, 0.1, 0.2, 0.3, 0.5]) {
  for (const abbreviation of [0.02, 0.05, 0.1, 0.3])
    for (const score of [0.5, 0.7, 0.9]) choices.push({ repeat, abbreviation, model: score });
}

const thresholds = [0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];

/** What is chosen for a type. */
interface Rules {
  readonly consistency: ConsistencySettings | undefined;
  readonly pools: boolean;
  readonly threshold: number;
}

function settingsOf(type: string, { consistency, pools }: Omit<Rules, "threshold">): TaggingSettings {
  return {
    ...bare,
    ...(consistency !== undefined && { consistency: { [type]: consistency } }),
    ...(pools && { pooled: [type] }),
  };
}

const corporaWith = (type: string): DevCorpus[] => corpora.filter(({ types }) => types.includes(type));

/** Mean F1 over the dev corpora that annotate the type, at each threshold. */
function meansOf(type: string, settings: TaggingSettings, half: Half): number[] {
  const calibration = { [type]: fitCalibration(scored(type, settings, half)) };
  const own = corporaWith(type).map((corpus) => {
    const found = inHalf(corpus, half).map(({ read }) =>
      mentionsOf(type, { ...settings, calibration }, read),
    );
    return thresholds.map((threshold) => {
      const from = (mentions: readonly Mention[]): Mention[] =>
        mentions.filter(({ score }) => score! >= threshold);
      return f1(countOf(corpus, type, (_, at) => found[at]!.map(from), half));
    });
  });
  return thresholds.map((_, at) => own.reduce((sum, f1s) => sum + f1s[at]! / own.length, 0));
}

/** The rules with the best mean F1; less than a twentieth of a point is chance. */
function bestRules(type: string, half?: Half): Rules {
  let best: (Rules & { readonly mean: number }) | undefined;
  for (const pools of [false, true]) {
    for (const consistency of choices) {
      const means = meansOf(type, settingsOf(type, { consistency, pools }), half);
      for (const [at, mean] of means.entries()) {
        if (best === undefined || mean > best.mean + 0.05)
          best = { consistency, pools, threshold: thresholds[at]!, mean };
      }
    }
  }
  return best!;
}

/** Counts of a corpus's type by rules that the other half of the documents chose, and their curve. */
function countByHalves(corpus: DevCorpus, type: string, chosen: readonly Rules[]): Count {
  const [one, other] = ([0, 1] as const).map((half) => {
    const rules = chosen[1 - half]!;
    const settings = settingsOf(type, rules);
    const calibration = { [type]: fitCalibration(scored(type, settings, half === 0 ? 1 : 0)) };
    const predict = (read: readonly ReadPassage[]): Mention[][] =>
      documentMentions({ ...settings, calibration }, read, [type], rules.threshold);
    return countOf(corpus, type, predict, half);
  });
  return {
    right: one!.right + other!.right,
    found: one!.found + other!.found,
    gold: one!.gold + other!.gold,
  };
}

function scored(type: string, settings: TaggingSettings, half?: Half): ScoredMention[] {
  return corporaWith(type)
    .flatMap((corpus) => inHalf(corpus, half))
    .flatMap(({ document, read }) =>
      mentionsOf(type, settings, read).flatMap((mentions, passage) => {
        const gold = new Set(document.passages[passage]!.mentions.filter((m) => m.type === type).map(keyOf));
        return mentions.map((mention) => ({ score: mention.score!, isRight: gold.has(keyOf(mention)) }));
      }),
    );
}

/** Expected calibration error in ten bins of equal mass. */
function ece(mentions: readonly ScoredMention[]): number {
  const sorted = mentions.toSorted((a, b) => a.score - b.score);
  let sum = 0;
  for (let bin = 0; bin < 10; bin++) {
    const part = sorted.slice(
      Math.round((bin * sorted.length) / 10),
      Math.round(((bin + 1) * sorted.length) / 10),
    );
    sum += Math.abs(part.reduce((total, { score, isRight }) => total + score - (isRight ? 1 : 0), 0));
  }
  return sum / Math.max(1, sorted.length);
}

/** Each half of the documents is told by the curve of the other. */
function inHalves(type: string, settings: TaggingSettings): ScoredMention[] {
  return ([0, 1] as const).flatMap((half) => {
    const curve = fitCalibration(scored(type, settings, half === 0 ? 1 : 0));
    return scored(type, settings, half).map(({ score, isRight }) => ({
      score: calibrated(score, curve),
      isRight,
    }));
  });
}

/** What the error would be if the scores were exact: what chance alone leaves of so few mentions, in 200 drawings. */
function chanceOf(mentions: readonly ScoredMention[]): number {
  const random = randomFrom(1);
  const drawn = Array.from({ length: 200 }, () =>
    ece(mentions.map(({ score }) => ({ score, isRight: random() < score }))),
  );
  return drawn.reduce((sum, error) => sum + error / drawn.length, 0);
}

const consistency: Record<string, ConsistencySettings> = {};
const pooled: string[] = [];
const calibration: NonNullable<TaggingSettings["calibration"]> = {};
const least: Record<string, number> = {};
const byHalves = new Map<string, Count>();
const told: ScoredMention[] = [];
for (const type of new Set(corpora.flatMap(({ types }) => types))) {
  const rules = bestRules(type);
  if (rules.consistency !== undefined) consistency[type] = rules.consistency;
  if (rules.pools) pooled.push(type);
  if (rules.threshold > 0) least[type] = rules.threshold;
  const own = settingsOf(type, rules);
  calibration[type] = fitCalibration(scored(type, own));
  console.log(`${type}: ${JSON.stringify(rules)}`);
  const halves = inHalves(type, own);
  const [before, error, chance] = [ece(scored(type, own)), ece(halves), chanceOf(halves)].map((value) =>
    value.toFixed(3),
  );
  console.log(`  calibration error ${before}, with the other half's curve ${error}, by chance ${chance}`);
  told.push(...halves);
  const chosen = ([0, 1] as const).map((half) => bestRules(type, half));
  for (const corpus of corporaWith(type))
    byHalves.set(`${corpus.name} ${type}`, countByHalves(corpus, type, chosen));
}
console.log(`calibration error of all types together, with the other half's curves ${ece(told).toFixed(3)}`);
const settings = { ...bare, consistency, pooled, calibration, thresholds: least };
let [sum, count] = [0, 0];
for (const corpus of corpora) {
  for (const type of corpus.types) {
    const alone = countOf(corpus, type, (read) => mentionsOf(type, bare, read));
    const all = countOf(corpus, type, (read) => documentMentions(settings, read, [type]));
    const precision = ((100 * all.right) / all.found).toFixed(2);
    const recall = ((100 * all.right) / all.gold).toFixed(2);
    console.log(
      `${corpus.name} ${type}: ${f1(alone).toFixed(2)} → ${f1(all).toFixed(2)} (P ${precision}, R ${recall}), by rules that the other half chose ${f1(byHalves.get(`${corpus.name} ${type}`)!).toFixed(2)}`,
    );
    sum += f1(all);
    count++;
  }
}
console.log(`mean ${(sum / count).toFixed(2)}`);
/** What is left of each corpus's types from a threshold on; absent: from the chosen ones on. */
const pointOf = (corpus: DevCorpus, type: string, threshold?: number): CurvePoint => {
  const { right, found, gold } = countOf(corpus, type, (read) =>
    documentMentions(settings, read, [type], threshold),
  );
  return {
    threshold: threshold ?? least[type] ?? 0,
    precision: right / Math.max(1, found),
    recall: right / gold,
  };
};
const percent = (share: number): string => (100 * share).toFixed(1);
for (const threshold of [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]) {
  const cells = corpora.flatMap((corpus) =>
    corpus.types.map((type) => {
      const { precision, recall } = pointOf(corpus, type, threshold);
      return `${percent(precision)}/${percent(recall)}`;
    }),
  );
  console.log(`| ${threshold} | ${cells.join(" | ")} |`);
}
const curves = corpora.flatMap((corpus) =>
  corpus.types.map((type) => ({
    name: `${corpus.name}, ${type}`,
    points: Array.from({ length: 40 }, (_, at) => pointOf(corpus, type, at / 40)),
    usual: pointOf(corpus, type),
  })),
);
writeFileSync(join(folder!, "thresholds.svg"), thresholdCurves(curves));
const file = { ...model.nerium, consistency, pooled, calibration, thresholds: least };
writeFileSync(join(folder!, "nerium.json"), `${JSON.stringify(file, null, 2)}\n`);
