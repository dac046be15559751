/** @file The short public API; every stage of the pipeline has a subpath of its own ("nerium/corpora", "nerium/tokens" …). */
export { openCorpus, writeCorpus } from "./corpora/index.ts";
export type { Document, Fragment, Mention, Passage } from "./documents/index.ts";
export { NeriumError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export { scoreCorpus } from "./scores/index.ts";
export { openTagger, tagText } from "./tagging/index.ts";
export type { Tagger, TaggerInfo, TagOptions } from "./tagging/index.ts";
export { train } from "./training/index.ts";
export type { TrainingEvent } from "./training/index.ts";
