/** @file A corpus and a style → rows of instruction data with their side files, or the first of them for people. */
import { basename, dirname, join } from "node:path";
import { styleText } from "node:util";
import type { CorpusFormat } from "../corpora/index.ts";
import { mapTypes, openCorpus } from "../corpora/index.ts";
import type { Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { BionerVariant, Instruction, RowShape, StyleName } from "../instructions/index.ts";
import { drawShots, rowOf, sentencesOf, styles, templateHash, typesOf } from "../instructions/index.ts";
import { randomFrom } from "../shared/random.ts";
import type { Effects } from "./effects.ts";
import { wantsColour, write } from "./effects.ts";
import type { Trainer } from "./instruct-trainers.ts";
import { trainerFiles, trainerShapes } from "./instruct-trainers.ts";
import { newIssues } from "./issues.ts";
import { writeWhole } from "./outputs.ts";
import { printable } from "./pretty.ts";

export interface InstructOptions {
  readonly style: StyleName;
  readonly types?: readonly string[] | undefined;
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly shots?: number | undefined;
  readonly publishedShots?: true | undefined;
  readonly seed?: number | undefined;
  readonly variant?: BionerVariant | undefined;
  readonly dataset?: string | undefined;
  readonly rows?: RowShape | undefined;
  readonly for?: Trainer | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly show?: number | true | undefined;
  readonly out?: string | undefined;
}

type Rim = Pick<Effects, "stdout" | "stderr" | "signal" | "environment">;

export async function runInstruct(corpus: string, options: InstructOptions, effects: Rim): Promise<void> {
  checkOptions(options);
  const issues = newIssues();
  const documents = openCorpus(corpus, { format: options.format, onIssue: issues.add });
  const sentences: Passage[] = [];
  for await (const document of mapTypes(documents, options.map ?? {})) {
    for (const passage of document.passages) sentences.push(...sentencesOf(passage));
  }
  await write(effects.stderr, issues.report());
  const types = options.types ?? typesIn(sentences);
  if (sentences.length === 0 || types.length === 0) {
    const lacks = sentences.length === 0 ? "sentences" : "mentions, or --types";
    throw new NeriumError("DATA", `expected ${lacks}, got none; check the file and --format`, {
      file: corpus,
    });
  }
  const items = instructionsFor(sentences, types, options);
  if (options.show !== undefined) return show(items, options.show === true ? 3 : options.show, effects);
  await writeRows(corpus, items, { types, sentences: sentences.length, options, effects });
}

function checkOptions({
  style,
  variant,
  dataset,
  rows,
  for: trainer,
  out,
  shots = 0,
}: InstructOptions): void {
  const misused = [
    variant !== undefined && style !== "bioner-llama" && "--variant is for the style bioner-llama",
    dataset !== undefined && style !== "vaner" && "--dataset is for the style vaner",
    style === "vaner" &&
      (rows !== undefined || trainer !== undefined) &&
      "rows of the style vaner have one shape, and no trainer of texts reads them; leave out --rows and --for",
    shots > 0 &&
      (style === "vaner" || (style === "bioner-llama" && variant !== "gpt")) &&
      "this style shows no demonstrations; leave out --shots",
    trainer !== undefined && (out === undefined || out === "-") && "--for writes files; say where with --out",
    trainer !== undefined &&
      rows !== undefined &&
      !trainerShapes[trainer].includes(rows) &&
      `for ${trainer} give --rows ${trainerShapes[trainer].join(" or ")}`,
  ].find((problem) => problem !== false);
  if (misused !== undefined) throw new NeriumError("USAGE", misused);
}

function typesIn(sentences: readonly Passage[]): string[] {
  return [...new Set(sentences.flatMap(({ mentions }) => mentions.map(({ type }) => type)))].sort();
}

/** Each row has its own random source, so that a row's demonstrations do not hang on what stands before it. */
function* instructionsFor(
  sentences: readonly Passage[],
  types: readonly string[],
  options: InstructOptions,
): Generator<Instruction> {
  const { style, shots: count = 0, seed = 0, variant, dataset, publishedShots: published } = options;
  const named = typesOf(style, types);
  for (const [at, sentence] of sentences.entries()) {
    const shots = drawShots(sentences, sentence, randomFrom(seed, at), { count, published });
    yield* styles[style].render(sentence, named, { shots, variant, dataset });
  }
}

interface Written {
  readonly types: readonly string[];
  readonly sentences: number;
  readonly options: InstructOptions;
  readonly effects: Rim;
}

async function writeRows(corpus: string, items: Iterable<Instruction>, written: Written): Promise<void> {
  const { types, sentences, options, effects } = written;
  const usual = options.for === undefined ? "messages" : trainerShapes[options.for][0]!;
  const shape = options.rows ?? usual;
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    for (const item of items) {
      rows++;
      yield `${JSON.stringify(rowOf(item, shape))}\n`;
    }
  }
  if (options.out === undefined || options.out === "-") {
    for await (const line of lines()) await write(effects.stdout, line);
  } else {
    await writeWhole(options.out, lines(), effects.signal);
    const info = {
      style: options.style,
      templateHash: await templateHash(options.style),
      types: typesOf(options.style, types),
      corpus: basename(corpus),
      sentences,
      rows,
      shape: options.style === "vaner" ? "vaner" : shape,
      shots: options.shots ?? 0,
      publishedShots: options.publishedShots ?? false,
      seed: options.seed ?? 0,
      ...(options.variant !== undefined && { variant: options.variant }),
      ...(options.dataset !== undefined && { dataset: options.dataset }),
    };
    await writeText(sideFile(options.out, ".info.json"), `${JSON.stringify(info, undefined, 2)}\n`, effects);
    for (const { name, text } of trainerFiles(options.for, options.out, shape)) {
      await writeText(join(dirname(options.out), name), text, effects);
    }
  }
  await write(effects.stderr, `nerium: ${sentences} sentences, ${rows} rows, types ${types.join(", ")}\n`);
}

function sideFile(path: string, suffix: string): string {
  return path.replace(/(?:\.jsonl?)?$/, suffix);
}

async function writeText(path: string, text: string, { signal }: Rim): Promise<void> {
  async function* whole(): AsyncGenerator<string> {
    yield text;
  }
  await writeWhole(path, whole(), signal);
}

/** The loss mask as it is, in green; role by role. */
async function show(items: Iterable<Instruction>, count: number, effects: Rim): Promise<void> {
  const colour = wantsColour(effects.stdout, effects.environment);
  const green = (text: string): string => styleText("green", text, { validateStream: false });
  let left = count;
  for (const { segments, labels } of items) {
    if (left-- <= 0) break;
    const parts = segments.map(({ role, text, trained }) => {
      const safe = printable(text);
      if (!trained) return `${role}: ${safe}`;
      return `${role}: ${colour ? green(safe) : `[${safe}]`}`;
    });
    const tags = labels === undefined ? [] : [`labels: ${labels.join(" ")}`];
    await write(effects.stdout, `${[...parts, ...tags].join("\n")}\n\n`);
  }
}
