/** @file A causal language model and rows of tokens → scores of what may follow at chosen places, many rows in one run. */
import type { Graph } from "../graph/types.ts";
import {
  floats,
  type GraphSession,
  ints64,
  type Runtime,
  type Tensor,
  type Tensors,
} from "../runtime/types.ts";
import { batchByLength } from "../tokens/index.ts";
import { memoryName, nextTokenGraph, scoringGraph } from "./language-model.ts";
import { commonMemory, type Memory, memoryTensors, recallMask } from "./language-model-memory.ts";
import { languageParameters, type LlamaConfig } from "./llama.ts";

/** A place of a row, after one of its new tokens, and the tokens whose scores are wanted there. */
export interface ScoredPlace {
  /** Index into the row's new tokens. */
  readonly at: number;
  readonly candidates: readonly number[];
}

export interface Row {
  /** What stands before the new tokens; absent: nothing. */
  readonly memory?: Memory | undefined;
  readonly tokens: readonly number[];
  readonly places: readonly ScoredPlace[];
}

export interface RowScores {
  /** One list for each place: of its candidates in their order, or of the whole vocabulary. */
  readonly scores: readonly Float32Array[];
  readonly memory: Memory;
}

/** What a network has computed so far. */
export interface NetworkCost {
  /** Runs of a graph; one run holds many rows. */
  runs: number;
  rows: number;
  /** New tokens, without padding. */
  tokens: number;
}

export interface LanguageNetwork extends AsyncDisposable {
  readonly config: LlamaConfig;
  readonly cost: Readonly<NetworkCost>;
  /** Scores of the candidates at every row's places. */
  score(rows: readonly Row[]): Promise<RowScores[]>;
  /** Scores of the whole vocabulary at every row's places; the candidates are not looked at. */
  next(rows: readonly Row[]): Promise<RowScores[]>;
}

export interface LanguageNetworkOptions {
  readonly runtime: Runtime;
  readonly threads?: number | undefined;
  /** Most new tokens (rows × longest row) in one run; 512 if absent, what fits a core's cache. */
  readonly batchTokens?: number | undefined;
}

/** Each of the two graphs is opened when it is first needed. */
export function openLanguageNetwork(
  config: LlamaConfig,
  parameters: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  { runtime, threads = 0, batchTokens = 512 }: LanguageNetworkOptions,
): LanguageNetwork {
  const held: Tensors = Object.fromEntries(
    languageParameters(config).map(({ name, shape }) => [name, floats(parameters.get(name)!, shape)]),
  );
  const sessions = new Map<"score" | "next", Promise<GraphSession>>();
  const session = (name: "score" | "next", graph: (config: LlamaConfig) => Graph): Promise<GraphSession> => {
    const opened = sessions.get(name) ?? runtime.open(graph(config), { threads, held });
    sessions.set(name, opened);
    return opened;
  };
  const cost: NetworkCost = { runs: 0, rows: 0, tokens: 0 };
  const batched = async (rows: readonly Row[], run: (batch: Batch) => Promise<readonly Tensor[]>) => {
    const results: RowScores[] = [];
    const lengths = rows.map(({ tokens }) => tokens.length);
    for (const places of batchByLength(lengths, { tokenBudget: batchTokens })) {
      const batch = batchOf(
        places.map((place) => rows[place]!),
        config,
      );
      const scored = rowScores(batch, await run(batch));
      places.forEach((place, row) => (results[place] = scored[row]!));
      cost.runs++;
      cost.rows += batch.rows.length;
      cost.tokens += batch.rows.reduce((sum, { tokens }) => sum + tokens.length, 0);
    }
    return results;
  };
  return {
    config,
    cost,
    score: (rows) =>
      batched(rows, async (batch) => {
        const feeds = { ...batch.feeds, candidates: candidatesOf(batch) };
        return (await session("score", scoringGraph)).run(feeds, { givenAway: true });
      }),
    next: (rows) =>
      batched(rows, async ({ feeds }) => {
        return (await session("next", nextTokenGraph)).run(feeds, { givenAway: true });
      }),
    async [Symbol.asyncDispose]() {
      for (const opened of sessions.values()) await (await opened)[Symbol.asyncDispose]();
    },
  };
}

interface Batch {
  readonly rows: readonly Row[];
  readonly time: number;
  /** All inputs but the parameters and the candidates. */
  readonly feeds: Tensors;
}

function batchOf(rows: readonly Row[], config: LlamaConfig): Batch {
  const time = Math.max(...rows.map(({ tokens }) => tokens.length));
  const memories = rows.map(({ memory }) => memory);
  const extents = rows.map(({ memory, tokens }) => ({
    remembered: memory?.length ?? 0,
    fresh: tokens.length,
  }));
  const past = Math.max(...extents.map(({ remembered }) => remembered));
  const ids = new Int32Array(rows.length * time);
  const positions = new Int32Array(rows.length * time);
  const places: number[] = [];
  rows.forEach((row, at) => {
    ids.set(row.tokens, at * time);
    for (let place = 0; place < row.tokens.length; place++)
      positions[at * time + place] = extents[at]!.remembered + place;
    for (const place of row.places) places.push(at * time + place.at);
  });
  if (places.length === 0) places.push(0); // an engine's tensors are never empty; nobody reads this place
  const shared = commonMemory(memories);
  const begun = shared?.length ?? 0;
  const named = (part: "shared" | "past", tensors: readonly Tensor[]): Tensors =>
    Object.fromEntries(
      tensors.map((tensor, at) => [memoryName(part, at >> 1, at % 2 === 0 ? "keys" : "values"), tensor]),
    );
  const feeds = {
    ids: ints64(ids, [rows.length, time]),
    positions: ints64(positions, [rows.length, time]),
    mask: recallMask(extents, { time, past, slidingWindow: config.slidingWindow }),
    places: ints64(places, [places.length]),
    beginnings: ints64(new Int32Array(rows.length), [rows.length]),
    ...named("shared", memoryTensors([shared], { from: 0, to: begun }, config)),
    ...named("past", memoryTensors(memories, { from: begun, to: past }, config)),
  };
  return { rows, time, feeds };
}

/** [places, choices]; places with fewer candidates than others are filled up with token 0, whose scores nobody reads. */
function candidatesOf({ rows }: Batch): Tensor {
  const lists = rows.flatMap(({ places }) => places.map(({ candidates }) => candidates));
  const choices = Math.max(1, ...lists.map(({ length }) => length));
  const ids = new Int32Array(Math.max(1, lists.length) * choices);
  lists.forEach((list, place) => ids.set(list, place * choices));
  return ints64(ids, [ids.length / choices, choices]);
}

function rowScores({ rows, time }: Batch, [scores, ...layers]: readonly Tensor[]): RowScores[] {
  const width = scores!.shape[1]!;
  const values = scores!.data as Float32Array;
  const run = { layers, time };
  let place = 0;
  return rows.map(({ memory, tokens, places }, row) => {
    const lists = places.map(() => values.subarray(width * place, width * ++place));
    return {
      scores: lists,
      memory: { length: (memory?.length ?? 0) + tokens.length, before: memory, run, row },
    };
  });
}
