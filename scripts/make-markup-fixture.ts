/**
 * @file Nothing → test/fixtures/markup: a language model of some 60,000 weights that marks a made-up language, asked for
 * one type or for both. Usage: npx tsx --conditions=@nerium/source scripts/make-markup-fixture.ts [steps]
 */
import { join } from "node:path";
import { type StyleName, styles, templateHash, typesOf } from "../src/instructions/index.ts";
import { encodeInstruction } from "../src/models/language-model-rows.ts";
import { languageParameters, type LlamaConfig } from "../src/models/llama.ts";
import { type NeriumFile, writeModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { openTokenizer, specialTokens, trainBpe } from "../src/tokens/index.ts";
import { adamWState, adamWStep, globalNorm } from "../src/training/adamw.ts";
import { languageData, type TokenSequence } from "../src/training/language-data.ts";
import { initialParameters } from "../src/training/parameters.ts";
import { hostPlace } from "../src/training/device-place.ts";
import { openWholeNetwork } from "../src/training/whole-network.ts";
import { toySentences, toyTypes } from "../test/toy-marking.ts";

const steps = Number(process.argv[2] ?? 3500);
const style: StyleName = "nerllama";
const window = { size: 320, overlap: 0 };

const sentences = toySentences(12_000, 1);
const asked = [["Disease"], [...toyTypes], ["Chemical"], [...toyTypes]].map((types) => typesOf(style, types));
const instructionsOf = (at: number) => styles[style].render(sentences[at]!, asked[at % asked.length]!, {});

async function* texts(): AsyncGenerator<string> {
  for (let at = 0; at < 900; at++)
    for (const { system, prompt, answer } of instructionsOf(at)) yield `${system}\n${prompt}\n${answer}`;
}

const tokenizerText = JSON.stringify(await trainBpe(texts(), { vocabularySize: 520, specialTokens }));
const tokenizer = openTokenizer(tokenizerText);
const config: LlamaConfig = {
  vocabularySize: tokenizer.vocabularySize,
  hidden: 48,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 12,
  intermediate: 96,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  attention: "causal",
  maximumLength: 320,
  tiedEmbeddings: true,
  attentionBias: "none",
  queryKeyNorm: false,
};
const sequences: TokenSequence[] = [];
for (const at of sentences.keys()) {
  for (const instruction of instructionsOf(at))
    sequences.push(await encodeInstruction(tokenizer, instruction));
}
console.log(
  `${sequences.length} rows of ${sequences[0]!.ids.length}, ${sequences[1]!.ids.length}, ${sequences[2]!.ids.length} tokens`,
);

const data = languageData(sequences, { config, size: 320, batchTokens: 4096, packing: false, seed: 1 });
const shapes = languageParameters(config);
const parameters = initialParameters(shapes, config.layers, 1);
const state = adamWState(shapes);
const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 };
await using network = await openWholeNetwork(hostPlace(onnxRuntime), {
  config,
  objective: "tokens",
  plan: { storage: "float32" },
  residualDropout: 0,
  threads: 2,
});
let [step, mean] = [0, 0];
for (let epoch = 0; step < steps; epoch++) {
  for (let at = 0; at < data.stepsPerEpoch(epoch) && step < steps; at++) {
    const { loss, gradients } = await network.differentiate(parameters, data.batch(epoch, at), [step]);
    step++;
    const learningRate = 4e-3 * Math.min(1, step / 100) * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps));
    const scale = Math.min(1, 1 / (globalNorm(gradients) + 1e-12));
    adamWStep(shapes, parameters, gradients, state, settings, { step, learningRate, scale });
    mean += (loss - mean) / Math.min(step, 50);
    if (step % 100 === 0) console.log(`step ${step}, loss ${mean.toFixed(4)}`);
  }
}
const folder = join(import.meta.dirname, "../test/fixtures/markup");
const instruction = { style, types: [...toyTypes], templateHash: await templateHash(style) };
const nerium: NeriumFile = { nerium: 1, task: "language", types: [], tagged: [], window, instruction };
await writeModelFolder(folder, { config, nerium, parameters, tokenizer: tokenizerText });
