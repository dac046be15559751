/**
 * @file A label model and its recipe's dev corpora → how names are carried through documents, type by type, and the curves
 * that make scores probabilities: chosen on dev alone, written to the model's nerium.json, and told with dev F1 and
 * calibration error (in halves of the documents that did not fit the curve).
 * Usage: tsx --conditions=@nerium/source scripts/tune-builtin.ts MODEL RECIPE
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Document, Mention } from "../src/documents/index.ts";
import { type NeriumFile, readModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { calibrated, fitCalibration, type ScoredMention } from "../src/tagging/calibration.ts";
import type { ConsistencySettings } from "../src/tagging/consistency.ts";
import { openLabelNetwork, type ReadPassage } from "../src/tagging/label-network.ts";
import { documentMentions, mentionsOf, type TaggingSettings } from "../src/tagging/label-tagger.ts";
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

/** Strict counts of one type; `predict` gives each passage's mentions. */
function countOf(
  { documents }: DevCorpus,
  type: string,
  predict: (read: readonly ReadPassage[]) => readonly (readonly Mention[])[],
): Count {
  let [right, found, gold] = [0, 0, 0];
  for (const { document, read } of documents) {
    predict(read).forEach((mentions, passage) => {
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

function withRules(type: string, rules: ConsistencySettings | undefined): TaggingSettings {
  return rules === undefined ? bare : { ...bare, consistency: { [type]: rules } };
}

/** The rules with the best mean F1 over the dev corpora that annotate the type. */
function bestRules(type: string): ConsistencySettings | undefined {
  const own = corpora.filter(({ types }) => types.includes(type));
  const meanOf = (rules: ConsistencySettings | undefined): number => {
    const settings = withRules(type, rules);
    return own.reduce(
      (sum, corpus) =>
        sum + f1(countOf(corpus, type, (read) => mentionsOf(type, settings, read))) / own.length,
      0,
    );
  };
  let best: { rules: ConsistencySettings | undefined; mean: number } = {
    rules: undefined,
    mean: meanOf(undefined),
  };
  const alone = best.mean;
  for (const rules of choices.slice(1)) {
    const mean = meanOf(rules);
    // Less than a twentieth of a point is chance.
    if (mean > best.mean + 0.05) best = { rules, mean };
  }
  console.log(
    `${type}: ${alone.toFixed(2)} alone, ${best.mean.toFixed(2)} with ${JSON.stringify(best.rules)}`,
  );
  return best.rules;
}

function scored(type: string, settings: TaggingSettings, half?: 0 | 1): ScoredMention[] {
  return corpora
    .filter(({ types }) => types.includes(type))
    .flatMap(({ documents }) => documents.filter((_, at) => half === undefined || at % 2 === half))
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
function eceOf(type: string, settings: TaggingSettings): number {
  const halves = ([0, 1] as const).flatMap((half) => {
    const curve = fitCalibration(scored(type, settings, half === 0 ? 1 : 0));
    return scored(type, settings, half).map(({ score, isRight }) => ({
      score: calibrated(score, curve),
      isRight,
    }));
  });
  return ece(halves);
}

const consistency: NonNullable<NeriumFile["consistency"]> = {};
const calibration: NonNullable<NeriumFile["calibration"]> = {};
const tuned = new Set(corpora.flatMap(({ types }) => types));
for (const type of tuned) {
  const rules = bestRules(type);
  if (rules !== undefined) consistency[type] = rules;
  const settings = withRules(type, rules);
  calibration[type] = fitCalibration(scored(type, settings));
  const before = ece(scored(type, settings));
  console.log(
    `  calibration error ${before.toFixed(3)}, with the other half's curve ${eceOf(type, settings).toFixed(3)}`,
  );
}
const settings = { ...bare, consistency, calibration };
let [sum, count] = [0, 0];
for (const corpus of corpora) {
  for (const type of corpus.types) {
    const alone = countOf(corpus, type, (read) => mentionsOf(type, bare, read));
    const all = countOf(corpus, type, (read) => documentMentions(settings, read, [type]));
    const precision = ((100 * all.right) / all.found).toFixed(2);
    const recall = ((100 * all.right) / all.gold).toFixed(2);
    console.log(
      `${corpus.name} ${type}: ${f1(alone).toFixed(2)} → ${f1(all).toFixed(2)} (P ${precision}, R ${recall})`,
    );
    sum += f1(all);
    count++;
  }
}
console.log(`mean ${(sum / count).toFixed(2)}`);
/** Precision for recall: what is left above a threshold. */
for (const threshold of [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]) {
  const cells = corpora.flatMap((corpus) =>
    corpus.types.map((type) => {
      const kept = countOf(corpus, type, (read) =>
        documentMentions(settings, read, [type]).map((all) => all.filter(({ score }) => score! >= threshold)),
      );
      return `${((100 * kept.right) / Math.max(1, kept.found)).toFixed(1)}/${((100 * kept.right) / kept.gold).toFixed(1)}`;
    }),
  );
  console.log(`| ${threshold} | ${cells.join(" | ")} |`);
}
const file = { ...model.nerium, consistency, calibration };
writeFileSync(join(folder!, "nerium.json"), `${JSON.stringify(file, null, 2)}\n`);
