/** @file The public names of models: configuration, graphs, model folders. */
export { llama, llamaParameters } from "./llama.ts";
export type { LlamaConfig, ParameterShape } from "./llama.ts";
export { readModelFolder, writeModelFolder } from "./model-folder.ts";
export type { ModelFolder, NeriumFile } from "./model-folder.ts";
export { taggingGraph } from "./token-classifier.ts";
export { exportGgufAdapter, type LoraMatrices } from "./gguf-adapter.ts";
export { exportGguf, type GgufExport } from "./gguf-export.ts";
export {
  type LanguageModelConfig,
  type ModelType,
  modelTypes,
  parseHuggingFaceConfig,
} from "./hugging-face-config.ts";
export {
  type LanguageModelFiles,
  openLanguageModelFiles,
  readLanguageModelConfig,
} from "./hugging-face-model.ts";
export { type LanguageModelTokenizer, openModelTokenizer } from "./hugging-face-tokenizer.ts";
