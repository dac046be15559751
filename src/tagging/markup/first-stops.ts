/** @file Questions → their first stops: prompts and texts as tokens, with what many prompts begin with read once. */
import type { BionerVariant, FrameName, SignsByType, StyleName } from "../../instructions/index.ts";
import { styles } from "../../instructions/index.ts";
import type { LanguageNetwork } from "../../models/language-model-network.ts";
import { encodePrompt } from "../../models/language-model-rows.ts";
import { type Memory, shortened } from "../../models/language-model-memory.ts";
import type { Tokenizer } from "../../tokens/index.ts";
import type { Question } from "../engine.ts";
import type { TagTokens } from "./choices.ts";
import type { PieceEncoder, StretchIds } from "./piece-encoder.ts";
import { divideText } from "./source-text.ts";
import { Stop, type StopContext } from "./stops.ts";

export interface FirstStopOptions {
  readonly network: LanguageNetwork;
  readonly tokenizer: Tokenizer;
  readonly encoder: PieceEncoder;
  readonly style: StyleName;
  readonly variant?: BionerVariant | undefined;
  readonly frame: FrameName;
  readonly remembers: boolean;
}

/** A prompt's beginning that many questions share, and what the model remembers of it. */
export interface Head {
  readonly ids: readonly number[];
  readonly memory: Memory;
}

/** From this many tokens on it is worth a pass to read a common beginning once. */
const worthReading = 8;
/** One for each type that is asked for, as a rule. */
const mostHeads = 8;

/**
 * A stop for each question; equal questions, which differ in what is drawn only, have the same one. `heads`: what earlier
 * questions began with.
 */
export async function firstStops(
  options: FirstStopOptions,
  questions: readonly Question[],
  heads: Head[],
): Promise<readonly Stop[]> {
  const keys = questions.map(keyOf);
  const distinct = new Map(questions.map((question, at) => [keys[at]!, question]));
  const prompts = new Map<string, number[]>();
  for (const [key, { instruction }] of distinct) {
    prompts.set(key, Array.from(await encodePrompt(options.tokenizer, instruction, options.frame)));
  }
  const head = options.remembers ? await readHead(options.network, [...prompts.values()], heads) : undefined;
  const contexts = await contextsOf(options, distinct);
  const stops = new Map<string, Stop>();
  for (const key of distinct.keys()) {
    const prompt = prompts.get(key)!;
    const read = head === undefined ? 0 : commonLength(head.ids, prompt.slice(0, -1));
    const before = { ids: prompt.slice(0, read), memory: shortened(head?.memory, read) };
    stops.set(key, new Stop(contexts.get(key)!, { start: 0 }, { before, lead: prompt.slice(read) }));
  }
  return keys.map((key) => stops.get(key)!);
}

function keyOf({ text, instruction, types }: Question): string {
  return JSON.stringify([text, instruction.system, instruction.prompt, types]);
}

/** Texts and tags as tokens; all stretches of all texts are encoded in one call. */
async function contextsOf(
  { encoder, style, variant }: FirstStopOptions,
  questions: ReadonlyMap<string, Question>,
): Promise<Map<string, StopContext>> {
  const divided = Array.from(questions, ([key, { text, types }]) => {
    const { tags, end } = styles[style].signsOf!(types, variant);
    return { key, tags, text: divideText(text, end, encoder) };
  });
  const ids = await encoder.encode(
    divided.flatMap(({ tags, text }) => [
      ...text.stretches,
      ...[...tags.values()].flatMap(({ open, close }) => [open, ` ${open}`, close]),
    ]),
  );
  const contextOf = ({ tags, text }: (typeof divided)[number]): StopContext => ({
    source: text.withIds(ids),
    tags: tagTokens(tags, ids),
  });
  return new Map(divided.map((one) => [one.key, contextOf(one)]));
}

function tagTokens(tags: SignsByType, ids: StretchIds): TagTokens[] {
  return Array.from(tags, ([type, { open, close }]) => ({
    type,
    open: ids.get(open)!,
    blankOpen: ids.get(` ${open}`)!,
    close: ids.get(close)!,
  }));
}

/** What all prompts begin with, read once. `heads` grows by what was read; the oldest is forgotten when they are many. */
async function readHead(
  network: LanguageNetwork,
  prompts: readonly (readonly number[])[],
  heads: Head[],
): Promise<Head | undefined> {
  // The last token of a prompt is never in a head: the text's first choice hangs on it.
  const common = prompts.reduce(
    (least, prompt) => Math.min(least, prompt.length - 1, commonLength(prompt, prompts[0]!)),
    Infinity,
  );
  const wanted = prompts[0]!.slice(0, common);
  let known: Head | undefined;
  for (const { ids, memory } of heads) {
    const length = commonLength(ids, wanted);
    if (length > (known?.ids.length ?? 0))
      known = { ids: wanted.slice(0, length), memory: shortened(memory, length)! };
  }
  const length = known?.ids.length ?? 0;
  // One prompt alone does not say where its own sentence begins: half of it known will do.
  const enough = prompts.length === 1 ? common / 2 : common - worthReading;
  if (length > enough || common < worthReading || common > network.config.maximumLength) return known;
  const row = { memory: known?.memory, tokens: wanted.slice(length), places: [] };
  const [read] = await network.score([row]);
  const head: Head = { ids: wanted, memory: read!.memory };
  heads.push(head);
  if (heads.length > mostHeads) heads.shift();
  return head;
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
