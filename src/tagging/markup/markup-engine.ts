/**
 * @file A causal language model and questions → mentions, by markup that cannot corrupt the text: the model never writes
 * the copy, it is only asked at each place whether a tag comes next (D3; docs/recognition.md says it in full).
 */
import { NeriumError } from "../../errors.ts";
import type { BionerVariant, FrameName, StyleName } from "../../instructions/index.ts";
import { styles } from "../../instructions/index.ts";
import type { LanguageNetwork } from "../../models/language-model-network.ts";
import { frameOf } from "../../models/language-model-rows.ts";
import { randomFrom } from "../../shared/random.ts";
import type { Tokenizer } from "../../tokens/index.ts";
import {
  type AskOptions,
  type Engine,
  type EngineCost,
  noCost,
  type Question,
  type Reply,
} from "../engine.ts";
import { firstStops, type FirstStopOptions, type Head } from "./first-stops.ts";
import { openPieceEncoder } from "./piece-encoder.ts";
import type { Stop } from "./stops.ts";
import { chooseAtRandom, chooseGreedily, walk, type Walked } from "./walk.ts";

export interface MarkupEngineOptions {
  readonly network: LanguageNetwork;
  readonly tokenizer: Tokenizer;
  readonly style: StyleName;
  readonly variant?: BionerVariant | undefined;
  /** The chat template; that of the tokenizer if absent. */
  readonly frame?: FrameName | undefined;
  /** Questions that are worked on side by side; 64 if absent. */
  readonly atOnce?: number | undefined;
  /** Whether what was read is remembered from pass to pass; true if absent (false is for measuring). */
  readonly remembers?: boolean | undefined;
}

/** Disposes of the network with itself. */
export async function openMarkupEngine(options: MarkupEngineOptions): Promise<Engine> {
  const { style, tokenizer, network, frame = frameOf(tokenizer), atOnce = 64, remembers = true } = options;
  if (styles[style].signsOf === undefined) {
    const problem = `the style ${style} marks nothing in a text; the engine markup needs nerllama or bioner-llama`;
    throw new NeriumError("USAGE", problem);
  }
  if (network.config.attention !== "causal") {
    throw new NeriumError(
      "MODEL_FORMAT",
      "the engine markup needs a causal language model, got a bidirectional one",
    );
  }
  const encoder = await openPieceEncoder(tokenizer);
  const work: FirstStopOptions = { ...options, frame, remembers, encoder };
  let cost: EngineCost = noCost;
  const heads: Head[] = [];
  return {
    name: "markup",
    atOnce,
    get cost() {
      return { ...cost, inputTokens: network.cost.tokens };
    },
    async ask(questions, askOptions) {
      const first = await firstStops(work, questions, heads);
      const walks = questions.map((question, at) => startWalk(question, first[at]!, askOptions));
      await finishWalks(work, walks, askOptions.signal);
      const passes = walks.reduce((sum, { result }) => sum + (result?.passes ?? 0), cost.passes);
      cost = { ...cost, questions: cost.questions + questions.length, passes };
      return walks.map(({ result }) => replyOf(result, network));
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

/** One question's way through its text. */
interface Walk {
  readonly steps: Generator<readonly Stop[], Walked>;
  /** Stops that must be scored before it can go on. */
  waiting: readonly Stop[];
  /** Absent as long as it is under way, and for good where a row would be longer than the model can read. */
  result?: Walked;
}

function startWalk({ seeds }: Question, first: Stop, { temperature }: AskOptions): Walk {
  const choose = temperature === 0 ? chooseGreedily : chooseAtRandom(randomFrom(...seeds), temperature);
  return goOn({ steps: walk(first, choose), waiting: [] });
}

function goOn(one: Walk): Walk {
  const step = one.steps.next();
  one.waiting = step.done === true ? [] : step.value;
  if (step.done === true) one.result = step.value;
  return one;
}

/** Pass for pass: every stop that some walk waits for is scored once. */
async function finishWalks(
  work: FirstStopOptions,
  walks: readonly Walk[],
  signal: AbortSignal | undefined,
): Promise<void> {
  let left = walks.filter(({ waiting }) => waiting.length > 0);
  while (left.length > 0) {
    signal?.throwIfAborted();
    await score(work, new Set(left.flatMap(({ waiting }) => waiting)));
    left = left.filter((one) => one.waiting.every(({ isScored }) => isScored));
    for (const one of left) goOn(one);
    left = left.filter(({ waiting }) => waiting.length > 0);
  }
}

/** Stops whose rows are longer than the model can read stay without scores. */
async function score({ network, remembers }: FirstStopOptions, stops: ReadonlySet<Stop>): Promise<void> {
  const longest = network.config.maximumLength;
  const asked = [...stops]
    .filter(({ isScored }) => !isScored)
    .map((stop) => ({ stop, row: stop.row(remembers) }));
  const fitting = asked.filter(({ row }) => (row.memory?.length ?? 0) + row.tokens.length <= longest);
  const scored = await network.score(fitting.map(({ row }) => row));
  fitting.forEach(({ stop }, at) => stop.take(scored[at]!));
}

function replyOf(walked: Walked | undefined, { config }: LanguageNetwork): Reply {
  if (walked === undefined) {
    const problem = `prompt and text are longer than the ${config.maximumLength} tokens that the model can read`;
    return { mentions: [], failed: { tooLong: true, problem } };
  }
  return { mentions: walked.mentions.map((mention) => ({ ...mention, alignment: "exact" })) };
}
