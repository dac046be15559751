/** @file Scores with and without remembered tokens, of candidates and of all tokens: the same as of the plain network. */
import { describe, expect, it } from "vitest";
import { tinyConfig } from "../../test/tiny-models.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { floats, ints64 } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { initialParameters, type Parameters } from "../training/parameters.ts";
import { attentionMask, attentionMaskData } from "./attention-mask.ts";
import { openLanguageNetwork, type Row } from "./language-model-network.ts";
import { commonMemory, type Memory, shortened } from "./language-model-memory.ts";
import {
  embeddingName,
  languageParameters,
  llama,
  type LlamaConfig,
  outputNameOf,
  parameterInputs,
  parameterOf,
} from "./llama.ts";

const causal: LlamaConfig = { ...tinyConfig, vocabularySize: 40, layers: 2, attention: "causal" };
const relatives: [string, LlamaConfig][] = [
  ["tied", causal],
  ["untied, a key head for each query head", { ...causal, tiedEmbeddings: false, kvHeads: 2 }],
  ["Qwen3's norms", { ...causal, queryKeyNorm: true }],
  ["Qwen2's biases", { ...causal, attentionBias: "qkv" }],
  ["Mistral's sliding window", { ...causal, slidingWindow: 4 }],
];

function weightsOf(config: LlamaConfig): Parameters {
  const parameters = initialParameters(languageParameters(config), config.layers, 3);
  const random = randomFrom(4);
  for (const data of parameters.values())
    data.forEach((weight, at) => (data[at] = 8 * weight + random() - 0.5));
  return parameters;
}

/** All scores behind each token of one row, by the plain graph. */
async function plainScores(config: LlamaConfig, ids: readonly number[]): Promise<Float32Array[]> {
  const builder = new GraphBuilder();
  const shapes = languageParameters(config);
  const parameters = parameterInputs(builder, shapes);
  const embedded = builder.gather(
    parameterOf(parameters, embeddingName),
    builder.input("ids", ["batch", "time"], "int64"),
  );
  const states = llama(builder, config, parameters, { embedded, mask: attentionMask(builder, config) });
  const scores = builder.linear(states, parameterOf(parameters, outputNameOf(config)));
  await using session = await onnxRuntime.open(builder.finish([scores]), { threads: 1 });
  const { data, shape } = attentionMaskData([ids.length], ids.length, config);
  const weights = weightsOf(config);
  const [result] = await session.run({
    ...Object.fromEntries(shapes.map(({ name, shape }) => [name, floats(weights.get(name)!, shape)])),
    ids: ints64(ids, [1, ids.length]),
    mask: floats(data, shape),
  });
  const all = result!.data as Float32Array;
  const width = config.vocabularySize;
  return ids.map((_, place) => all.subarray(place * width, (place + 1) * width));
}

const randomIds = (length: number, seed: number): number[] =>
  Array.from({ length }, () => 0).map(
    (
      (random) => () =>
        Math.floor(40 * random())
    )(randomFrom(seed)),
  );

const everywhere = (tokens: readonly number[], candidates: readonly number[]): Row["places"] =>
  tokens.map((_, at) => ({ at, candidates }));

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  for (let at = 0; at < got.length; at++) expect(got[at]).toBeCloseTo(expected[at]!, 3);
}

const open = (config: LlamaConfig, batchTokens = 4096) =>
  openLanguageNetwork(config, weightsOf(config), { runtime: onnxRuntime, threads: 1, batchTokens });

describe.each(relatives)("a causal language model, %s", (_, config) => {
  const rows = [9, 3, 14, 14].map((length, seed) => randomIds(length, seed));
  const candidates = [5, 39, 0, 5];

  it("scores candidates as the plain network does, whatever stands beside them in the batch", async () => {
    for (const batchTokens of [4096, 20]) {
      await using network = open(config, batchTokens);
      const scored = await network.score(
        rows.map((tokens) => ({ tokens, places: everywhere(tokens, candidates) })),
      );
      for (const [row, { scores, memory }] of scored.entries()) {
        const plain = await plainScores(config, rows[row]!);
        expect(memory.length).toBe(rows[row]!.length);
        scores.forEach((list, place) =>
          expectClose(
            list.slice(0, 4),
            candidates.map((id) => plain[place]![id]!),
          ),
        );
      }
    }
  });

  it("scores rows that share their beginning as if each read everything again", async () => {
    await using network = open(config);
    const beginning = randomIds(9, 11);
    const [read] = await network.score([{ tokens: beginning, places: [] }]);
    const ends = [[7], [1, 2, 3], [4, 5]];
    const first = await network.score(
      ends.map((tokens) => ({ memory: read!.memory, tokens, places: everywhere(tokens, candidates) })),
    );
    const further = await network.score(
      first.map(({ memory }, row) => {
        const tokens = row === 0 ? [6] : [8, 9];
        const remembered = row === 1 ? shortened(memory, 11) : memory;
        return { memory: remembered, tokens, places: everywhere(tokens, candidates) };
      }),
    );
    const wholes = [
      [...beginning, 7, 6],
      [...beginning, 1, 2, 8, 9],
      [...beginning, 4, 5, 8, 9],
    ];
    for (const [row, whole] of wholes.entries()) {
      const plain = await plainScores(config, whole);
      const asked = further[row]!.scores;
      asked.forEach((list, place) => {
        const scores = plain[whole.length - asked.length + place]!;
        expectClose(
          list.slice(0, 4),
          candidates.map((id) => scores[id]!),
        );
      });
    }
  });

  it("goes on from what it remembers, shortened or not, as if it read everything again", async () => {
    await using network = open(config);
    const whole = randomIds(20, 7);
    const plain = await plainScores(config, whole);
    const other = [...whole.slice(0, 6), 1, 2, 3];
    const [first] = await network.score([{ tokens: whole.slice(0, 11), places: [] }]);
    const [second] = await network.score([
      { memory: first!.memory, tokens: whole.slice(11, 15), places: [] },
      { tokens: rows[0]!, places: [] },
    ]);
    const continued = await network.next([
      { memory: second!.memory, tokens: whole.slice(15), places: everywhere(whole.slice(15), []) },
      {
        memory: shortened(second!.memory, 12),
        tokens: whole.slice(12, 14),
        places: [{ at: 1, candidates: [] }],
      },
      { memory: shortened(second!.memory, 6), tokens: other.slice(6), places: [{ at: 2, candidates: [] }] },
      { tokens: whole.slice(0, 2), places: [{ at: 0, candidates: [] }] },
    ]);
    continued[0]!.scores.forEach((list, place) => expectClose(list, plain[15 + place]!));
    expectClose(continued[1]!.scores[0]!, plain[13]!);
    expectClose(continued[2]!.scores[0]!, (await plainScores(config, other))[8]!);
    expectClose(continued[3]!.scores[0]!, plain[0]!);
  });
});

it("counts runs, rows and tokens", async () => {
  await using network = open(causal, 16);
  await network.score([3, 8, 8, 2].map((length) => ({ tokens: randomIds(length, 1), places: [] })));
  expect(network.cost).toEqual({ runs: 2, rows: 4, tokens: 21 });
});

it("tells what memories have in common, by the runs that they come from", async () => {
  await using network = open(causal);
  const [a, b] = await network.score(
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ].map((tokens) => ({ tokens, places: [] })),
  );
  const rows = [5, 6].map((token) => ({ memory: a!.memory, tokens: [token, 7], places: [] }));
  const [left, right] = (await network.score(rows)).map(({ memory }) => memory);
  const common = (...memories: (Memory | undefined)[]): number | undefined => commonMemory(memories)?.length;
  expect(common(left, right)).toBe(4);
  expect(common(left, shortened(right, 3))).toBe(3);
  expect(common(left, shortened(left, 5), left)).toBe(5);
  expect(common(left)).toBe(6);
  expect(common(left, b!.memory)).toBeUndefined();
  expect(common(left, undefined)).toBeUndefined();
  expect(common(undefined, left)).toBeUndefined();
});

it("remembers the beginning of a row, or nothing", async () => {
  await using network = open(causal);
  const [first] = await network.score([{ tokens: [1, 2, 3], places: [] }]);
  const [second] = await network.score([{ memory: first!.memory, tokens: [4, 5], places: [] }]);
  const lengths = [9, 5, 4, 3, 2, 0].map((length) => shortened(second!.memory, length)?.length);
  expect(lengths).toEqual([5, 5, 4, 3, 2, undefined]);
  expect(shortened(second!.memory, 3)).toBe(first!.memory);
});
