/**
 * @file A GGUF model, perhaps with a LoRA → an Answerer that runs llama.cpp in this process: free, or held to the text by a
 * grammar for each sentence.
 */
import { basename } from "node:path";
import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { NeriumError } from "../../errors.ts";
import { readGgufHeader } from "../../formats/gguf/header.ts";
import { openToRead } from "../../formats/open-file.ts";
import type { BionerVariant, FrameName, StyleName } from "../../instructions/index.ts";
import { promptPieces, styles } from "../../instructions/index.ts";
import { randomFrom } from "../../shared/random.ts";
import { answerGrammar } from "../answers/grammar.ts";
import { type Answer, type Answerer, mostCharacters, mostTokens, type TooLong } from "../answers/types.ts";
import type { Question } from "../engine.ts";
import { type LlamaCppPackage, loadLlamaCpp, loadOptions } from "./load.ts";
import { frameOfModel, tokenizePieces } from "./prompt.ts";

export interface LlamaCppOptions {
  /** A GGUF file. */
  readonly model: string;
  /** An adapter as a GGUF file. */
  readonly lora?: string | undefined;
  readonly style: StyleName;
  readonly variant?: BionerVariant | undefined;
  /** Whether answers are held to the text; true if absent, and for styles that mark text only. */
  readonly grammar?: boolean | undefined;
  /** The chat template; what the model's own speaks of if absent. */
  readonly frame?: FrameName | undefined;
  /** Answers that are written side by side; 4 if absent. */
  readonly sequences?: number | undefined;
  /** Tokens of prompt and answer; 4096 if absent, or as many as the model was trained for. */
  readonly contextSize?: number | undefined;
  /** Threads of the processor; more than it has cores to spare make llama.cpp very slow. 2 if absent. */
  readonly threads?: number | undefined;
}

interface Work {
  readonly library: LlamaCppPackage;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly options: LlamaCppOptions;
  readonly frame: FrameName;
  readonly size: number;
}

export async function openLlamaCppAnswerer(options: LlamaCppOptions): Promise<Answerer> {
  const { sequences: count = 4, threads = 2, lora, style, variant, grammar = true } = options;
  const library = await loadLlamaCpp();
  for (const file of [options.model, ...(lora === undefined ? [] : [lora])]) await checkFile(file);
  const llama = await library.getLlama({
    ...loadOptions,
    maxThreads: threads,
    logLevel: library.LlamaLogLevel.error,
  });
  const model = await opened(options.model, () =>
    llama.loadModel({ modelPath: options.model, gpuLayers: 0 }),
  );
  const size = Math.min(options.contextSize ?? 4096, model.trainContextSize);
  const context = await opened(lora ?? options.model, () =>
    model.createContext({
      sequences: count,
      contextSize: size,
      threads,
      ...(lora !== undefined && { lora: { adapters: [{ filePath: lora }] } }),
    }),
  );
  const sequences = Array.from({ length: count }, () => context.getSequence());
  const work: Work = { library, model, context, options, frame: options.frame ?? frameOfModel(model), size };
  return {
    name: "llama.cpp",
    atOnce: 8 * count,
    identity: JSON.stringify([
      basename(options.model),
      lora && basename(lora),
      style,
      variant,
      grammar,
      work.frame,
    ]),
    cost: { retries: 0 },
    priceOf: () => 0,
    async answer(questions, { temperature, signal, onAnswer }) {
      const queue = questions.entries();
      const writeAll = async (sequence: LlamaContextSequence): Promise<void> => {
        for (const [place, question] of queue) {
          signal?.throwIfAborted();
          await onAnswer(place, await write(work, sequence, question, temperature, signal));
        }
      };
      const results = await Promise.allSettled(sequences.map(writeAll));
      const failed = results.find((result) => result.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
    async [Symbol.asyncDispose]() {
      await context.dispose();
      await model.dispose();
      await llama.dispose();
    },
  };
}

/** llama.cpp's reader may hang on what is no GGUF; ours says what is wrong. */
async function checkFile(file: string): Promise<void> {
  await using handle = await openToRead(file, "a GGUF file");
  await readGgufHeader(handle, file);
}

async function opened<T>(file: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    const problem = `llama.cpp does not open it: ${(cause as Error).message}`;
    throw new NeriumError(
      "MODEL_FORMAT",
      `${problem}; is it a whole GGUF file, and an adapter of this model?`,
      {
        file,
        cause,
      },
    );
  }
}

/** One answer; what the sequence holds of an earlier prompt's beginning is not read again. */
async function write(
  { library, model, options, frame, size }: Work,
  sequence: LlamaContextSequence,
  { text, instruction, types, seeds }: Question,
  temperature: number,
  signal: AbortSignal | undefined,
): Promise<Answer | TooLong> {
  const prompt = tokenizePieces(model, promptPieces(instruction, frame));
  const limit = Math.min(mostTokens(text), size - prompt.length - 1);
  if (limit < text.length / 4 + 8) {
    return { tooLong: `prompt and text need more than the context's ${size} tokens` };
  }
  const signs =
    options.grammar === false ? undefined : styles[options.style].signsOf?.(types, options.variant);
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  const cached = sequence.nextTokenIndex;
  const grammar =
    signs === undefined
      ? undefined
      : new library.LlamaGrammarEvaluationState({
          model,
          grammar: await model.llama.createGrammar({ grammar: answerGrammar(text, signs) }),
        });
  const steps = sequence.evaluate(prompt.slice(cached), {
    temperature,
    // No candidate is left out: what is drawn is drawn as the model says.
    topK: 0,
    topP: 1,
    minP: 0,
    yieldEogToken: true,
    seed: Math.floor(2 ** 31 * randomFrom(...seeds)()),
    ...(grammar !== undefined && { grammarEvaluationState: grammar }),
  });
  const written: Token[] = [];
  let ending: Answer["ending"] = "length";
  for await (const token of steps) {
    signal?.throwIfAborted();
    if (model.isEogToken(token)) ending = "stop";
    else written.push(token);
    if (ending === "stop" || written.length >= limit) break;
    if (written.length % 64 === 0 && model.detokenize(written).length > mostCharacters(text))
      ending = "runaway";
    if (ending === "runaway") break;
  }
  return {
    text: model.detokenize(written),
    ending,
    inputTokens: prompt.length,
    cachedTokens: cached,
    outputTokens: written.length,
  };
}
