/** @file A GGUF file → what llama.cpp makes of it, by way of node-llama-cpp on one thread of the CPU. */
import type { Llama, LlamaModel } from "node-llama-cpp";

/** Loaded once: llama.cpp keeps its backend for the process. */
let llama: Promise<Llama> | undefined;

async function load(): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const options = { gpu: false, build: "never", skipDownload: true } as const;
  return getLlama({ ...options, logLevel: LlamaLogLevel.error, maxThreads: 1 });
}

/** Whether the package is there; a test that needs it says so where it is skipped. */
export async function hasLlamaCpp(): Promise<boolean> {
  return import("node-llama-cpp").then(
    () => true,
    () => false,
  );
}

export interface LlamaCppModel extends AsyncDisposable {
  readonly model: LlamaModel;
  /** The likeliest continuation, with an adapter if one is named. */
  greedy(ids: readonly number[], count: number, adapter?: string): Promise<number[]>;
  /** Ids of a text, special tokens not looked for. */
  tokenize(text: string): number[];
}

/** `vocabOnly` opens a file without tensors, to tokenize with. */
export async function openLlamaCpp(path: string, vocabOnly = false): Promise<LlamaCppModel> {
  const opened = await (llama ??= load());
  // The package first tries the tensors that such a file lacks, and llama.cpp says so.
  const { LlamaLogLevel } = await import("node-llama-cpp");
  opened.logLevel = vocabOnly ? LlamaLogLevel.disabled : LlamaLogLevel.error;
  const model = await opened.loadModel({ modelPath: path, vocabOnly });
  return {
    model,
    async greedy(ids, count, adapter) {
      const context = await model.createContext({
        contextSize: 128,
        threads: 1,
        ...(adapter !== undefined && { lora: adapter }),
      });
      try {
        const found: number[] = [];
        const tokens = ids.map((id) => id as Parameters<typeof model.detokenize>[0][number]);
        const stream = context.getSequence().evaluate(tokens, { temperature: 0, yieldEogToken: true });
        for await (const token of stream) {
          found.push(token);
          if (found.length === count) break;
        }
        return found;
      } finally {
        await context.dispose();
      }
    },
    tokenize: (text) => model.tokenize(text, false).map(Number),
    [Symbol.asyncDispose]: () => model.dispose(),
  };
}
