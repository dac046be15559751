/** @file What a training recipe may say: every key with its unit, its limits and the one copy of its default. */
import { z } from "zod";
import { styleNames } from "../instructions/styles.ts";

const name = z.string().min(1);
const whole = z.int().min(0);
const count = z.int().min(1);
const positive = z.number().gt(0);
const share = z.number().min(0).max(1);
const shareBelowOne = z.number().min(0).lt(1);

const modelSchema = z.strictObject({
  hidden: count.default(256).describe("width of the residual stream, in numbers per token"),
  layers: count.default(6).describe("number of transformer blocks"),
  heads: count.default(4).describe("number of attention heads; divides hidden"),
  kvHeads: count.default(2).describe("number of key and value heads; divides heads"),
  intermediate: count.default(768).describe("width inside the feed-forward part, in numbers per token"),
  ropeTheta: positive.default(10_000).describe("base of the rotary position wavelengths, in tokens"),
  normEpsilon: positive.default(1e-5).describe("added to the mean square before its root, no unit"),
  attention: z.enum(["bidirectional", "causal"]).default("bidirectional").describe("what a token may see"),
});

const corpusSchema = z.strictObject({
  path: name.describe("corpus file or folder, relative to the recipe"),
  format: z
    .enum(["pubtator", "jsonl", "bio", "text", "lines", "bc2"])
    .optional()
    .describe("how the file is written; told from its name if absent"),
  eval: name.optional().describe("bc2 only: the .eval file with the mentions, relative to the recipe"),
  ids: name.optional().describe("bc2 only: file with the ids to keep, one per line, relative to the recipe"),
  map: z
    .record(z.string(), z.string())
    .default({})
    .describe('corpus type -> head; a type not named keeps its name, "" drops it'),
  annotates: z
    .array(name)
    .optional()
    .describe("heads that the corpus annotates completely: its loss counts only for them"),
  repeat: positive.default(1).describe("how often it is seen per epoch, may be fractional"),
});

const devSchema = corpusSchema.extend({
  name: name.optional().describe("what its scores are called; its file name if absent"),
});

const windowSchema = z.strictObject({
  packing: z
    .boolean()
    .default(false)
    .describe("language: several texts in a row of size tokens, each of which sees itself only"),
  size: count.default(256).describe("longest stretch that the model sees at once, in tokens"),
  overlap: whole.default(64).describe("what two neighbouring windows share, in tokens; below size"),
});

const adapterSchema = z.strictObject({
  rank: count.default(16).describe("width of the adapter's two matrices, in numbers"),
  alpha: positive.default(32).describe("strength: the adapter's product is scaled by alpha / rank"),
  dropout: shareBelowOne.default(0.05).describe("share of the adapter's inputs that is dropped"),
  targets: z
    .array(name)
    .min(1)
    .default(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    .describe("matrices of each block that are adapted"),
  rankStabilized: z.boolean().default(false).describe("scale by alpha / sqrt(rank) instead"),
});

const quantizeSchema = z.strictObject({
  storage: z
    .enum(["none", "int8", "nf4"])
    .default("none")
    .describe("how the frozen matrices are kept: 32, 8 or about 4.5 bits a number"),
  compute: z
    .enum(["float32", "int8"])
    .default("float32")
    .describe("int8 storage on a CPU: products of 8-bit numbers, faster and less exact"),
  doubleQuantize: z.boolean().default(false).describe("nf4: quantise the blocks' scales too"),
  halfEmbedding: z
    .boolean()
    .default(false)
    .describe("keep embedding and output matrix as bfloat16: half the memory"),
  cache: z
    .boolean()
    .default(true)
    .describe("keep the quantised weights on disk for later runs (nerium cache shows them)"),
});

const instructionSchema = z.strictObject({
  style: z.enum(styleNames).describe("template of the instructions and their answers"),
  variant: z.enum(["span", "mark", "gpt"]).optional().describe("bioner-llama only: which elements"),
  dataset: name.optional().describe("vaner only: the data set's name in the prompt"),
  firstTokens: z
    .boolean()
    .default(true)
    .describe("vaner only: the first token of each word bears its label, the others none"),
  mask: z
    .enum(["pad-aware", "zeros"])
    .default("pad-aware")
    .describe("vaner only: zeros lets padding be attended to, as published"),
  shots: whole.default(0).describe("demonstrations in each prompt"),
  publishedShots: z
    .boolean()
    .default(false)
    .describe("draw demonstrations as published: the item's own may be among them"),
  loss: z.enum(["answer", "all"]).default("answer").describe("tokens that are learnt"),
  perType: z.boolean().default(false).describe("one instruction for each type instead of one for all"),
  negatives: positive.max(1).default(1).describe("share of the sentences without a mention that is kept"),
});

const trainingSchema = z.strictObject({
  epochs: positive.default(4).describe("passes over the data, may be fractional"),
  steps: whole.default(0).describe("optimizer steps; 0 = from epochs"),
  batchTokens: count.default(4096).describe("tokens per step"),
  accumulate: count.default(1).describe("batches whose gradients are averaged for one step"),
  learningRate: positive.default(1e-3).describe("highest step size, no unit"),
  schedule: z
    .enum(["cosine", "linear", "constant", "wsd"])
    .default("cosine")
    .describe("learning rate over time"),
  warmup: share.default(0.05).describe("rise from 0, as a fraction of all steps"),
  finalLearningRate: share.default(0).describe("last learning rate, as a fraction of learningRate"),
  weightDecay: z.number().min(0).default(0.01).describe("AdamW's decoupled decay, per unit of learning rate"),
  beta1: shareBelowOne.default(0.9).describe("decay of the gradient's mean, per step"),
  beta2: shareBelowOne.default(0.98).describe("decay of the gradient's mean square, per step"),
  epsilon: positive.default(1e-8).describe("added to the root of the mean square, no unit"),
  clip: z.number().min(0).default(1).describe("largest global gradient norm; 0 = off"),
  dropout: shareBelowOne.default(0.1).describe("share of each residual branch's output that is dropped"),
  tokenDropout: shareBelowOne
    .default(0.1)
    .describe("labels: share of input tokens replaced by <unk> or <mask>"),
  maskRate: share.gt(0).default(0.2).describe("masked: share of tokens to predict"),
  average: shareBelowOne.default(0).describe("decay of the averaged weights (EMA), per step; 0 = off"),
  evaluateEvery: positive.default(1).describe("time between two evaluations, in epochs"),
  earlyStop: whole
    .default(0)
    .describe("evaluations without a better one after which the run ends; 0 = never"),
  execution: z
    .enum(["auto", "whole", "blocks"])
    .default("auto")
    .describe("one graph for the whole model, or block by block with less memory"),
  checkpointMinutes: positive.default(5).describe("time between two checkpoints, in minutes"),
  threads: whole.default(0).describe("processor threads; 0 = all cores"),
});

/** The keys as they are written; `recipeSchema` adds what several keys together must fulfil. */
export const recipeKeys = z.strictObject({
  task: z
    .enum(["labels", "masked", "language"])
    .default("labels")
    .describe("tagging heads, masked-token pre-training, or answers to instructions"),
  seed: whole.default(1).describe("start of all random numbers"),
  out: name.describe("folder for checkpoints, logs and the model, relative to the recipe"),
  from: z
    .string()
    .default("")
    .describe('model folder to start from, relative to the recipe; "" = random weights'),
  tokenizer: z
    .string()
    .default("")
    .describe('tokenizer.json, relative to the recipe; "" = that of from, else trained on the data'),
  vocabularySize: count.default(12_000).describe("entries of a tokenizer that is trained"),
  model: modelSchema.prefault({}).describe("sizes of a model that starts from random weights"),
  adapter: adapterSchema.optional().describe("LoRA: train this instead of the model's own weights"),
  quantize: quantizeSchema.prefault({}).describe("how the weights that an adapter leaves alone are kept"),
  instruction: instructionSchema.optional().describe("how documents are put to a language model"),
  types: z
    .array(name)
    .default(["Disease", "Chemical", "Gene", "Species"])
    .describe("labels: one head for each of these types"),
  tagged: z.array(name).optional().describe("heads that the finished model shows by default; all if absent"),
  data: z.array(corpusSchema).min(1).describe("corpora to learn from"),
  dev: z.array(devSchema).default([]).describe("corpora to choose the best weights by"),
  window: windowSchema.prefault({}).describe("how long texts are cut"),
  training: trainingSchema.prefault({}).describe("optimizer, schedule, regularisation"),
});

type Written = z.output<typeof recipeKeys>;
type Complain = (path: readonly (string | number)[], problem: string) => void;

export const recipeSchema = recipeKeys
  .superRefine((recipe, context) => {
    const complain: Complain = (path, message) =>
      context.addIssue({ code: "custom", path: [...path], message });
    checkSizes(recipe, complain);
    checkAdapter(recipe, complain);
    checkInstruction(recipe, complain);
    if (recipe.task !== "masked") checkHeads(recipe, complain);
    for (const list of ["data", "dev"] as const) {
      for (const [index, corpus] of recipe[list].entries())
        checkFiles(recipe, corpus, [list, index], complain);
    }
  })
  .transform(fillDerived);

/** A complete recipe: every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** One entry of a recipe's `data` or `dev`. */
export type RecipeCorpus = Recipe["dev"][number];

function checkSizes({ model, window }: Written, complain: Complain): void {
  if (model.hidden % (2 * model.heads) !== 0) {
    const problem = `expected a multiple of 2 x heads (${2 * model.heads}: rotary positions need even heads), got ${model.hidden}`;
    complain(["model", "hidden"], problem);
  }
  if (model.heads % model.kvHeads !== 0) {
    complain(["model", "kvHeads"], `expected a divisor of heads (${model.heads}), got ${model.kvHeads}`);
  }
  if (window.overlap >= window.size) {
    complain(["window", "overlap"], `expected less than window.size (${window.size}), got ${window.overlap}`);
  }
}

function checkAdapter({ adapter, quantize, from }: Written, complain: Complain): void {
  if (adapter !== undefined && from === "")
    complain(["from"], "missing: expected the model that the adapter is for");
  if (adapter === undefined && quantize.storage !== "none") {
    const problem = "only frozen weights can be quantised; add an adapter, or leave it away";
    complain(["quantize", "storage"], problem);
  }
  if (quantize.compute === "int8" && quantize.storage !== "int8") {
    const problem = `int8 needs matrices that are kept so: expected quantize.storage=int8, got ${quantize.storage}`;
    complain(["quantize", "compute"], problem);
  }
}

function checkInstruction({ task, instruction, from }: Written, complain: Complain): void {
  if (task === "language") {
    if (instruction === undefined) complain(["instruction"], "missing: expected at least a style");
    else if (instruction.style === "vaner") {
      complain(["instruction", "style"], "vaner teaches labels: expected another style, or task: labels");
    }
    if (from === "") complain(["from"], "missing: expected the language model to start from");
    return;
  }
  if (instruction === undefined) return;
  if (task === "masked") complain(["instruction"], "masked-token training has none");
  else if (instruction.style !== "vaner") {
    complain(
      ["instruction", "style"],
      `labels are taught by the style vaner, got ${instruction.style}; or set task: language`,
    );
  }
}

function checkHeads({ types, tagged, data, dev }: Written, complain: Complain): void {
  const heads = types.join(", ");
  const expectHead = (type: string, path: readonly (string | number)[]) => {
    if (!types.includes(type))
      complain(path, `expected one of types (${heads}), got ${JSON.stringify(type)}`);
  };
  if (types.length === 0) complain(["types"], "expected at least one type, got none");
  for (const [index, type] of types.entries()) {
    if (types.indexOf(type) !== index)
      complain(["types", index], `${JSON.stringify(type)} stands there twice`);
  }
  for (const [index, type] of (tagged ?? []).entries()) expectHead(type, ["tagged", index]);
  for (const [list, corpora] of Object.entries({ data, dev })) {
    for (const [at, { map, annotates }] of corpora.entries()) {
      for (const [from, to] of Object.entries(map)) if (to !== "") expectHead(to, [list, at, "map", from]);
      for (const [index, type] of (annotates ?? []).entries())
        expectHead(type, [list, at, "annotates", index]);
      // Guessing "all" would teach every other head that nothing is there, which no score on this corpus would show.
      if (annotates === undefined && types.length > 1) {
        complain(
          [list, at, "annotates"],
          `missing: expected those of types (${heads}) that the corpus annotates completely`,
        );
      }
    }
  }
}

function checkFiles(
  { task }: Written,
  { format, eval: mentions, ids }: Written["data"][number],
  path: readonly (string | number)[],
  complain: Complain,
): void {
  if (format !== "bc2") {
    if (mentions !== undefined) complain([...path, "eval"], "only a corpus of format bc2 has one");
    if (ids !== undefined) complain([...path, "ids"], "only a corpus of format bc2 has one");
  } else if (mentions === undefined && task === "labels") {
    complain([...path, "eval"], "missing: expected the .eval file that holds the mentions");
  }
}

/** Defaults that follow from other keys. */
function fillDerived(recipe: Written) {
  const heads = recipe.task === "masked" ? [] : recipe.types;
  const fill = <C extends Written["data"][number]>(corpus: C) => ({
    ...corpus,
    annotates: corpus.annotates ?? heads,
  });
  const { data, dev, window, training, ...start } = recipe; // keeps the order of the keys, for rendering
  const tagged = recipe.tagged ?? heads;
  return { ...start, tagged, data: data.map(fill), dev: dev.map(fill), window, training };
}
