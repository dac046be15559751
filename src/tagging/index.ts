/** @file Documents in → documents with predicted mentions out: the way to open a tagger. */
import type { Document, Mention } from "../documents/index.ts";
import type { Tagger, TagOptions } from "./types.ts";

export type { EngineCost } from "./engine.ts";
export { openLabelTagger } from "./label-tagger.ts";
export type { LabelTaggerOptions } from "./label-tagger.ts";
export { openMarkupEngine } from "./markup/markup-engine.ts";
export type { MarkupEngineOptions } from "./markup/markup-engine.ts";
export { engineNames, openModelTagger, openTagger } from "./open-tagger.ts";
export type { ComputingChoice, EngineName, TaggerOptions } from "./open-tagger.ts";
export { precisionWishes } from "./precision.ts";
export type { Precision, PrecisionWish } from "./precision.ts";
export { openSentenceTagger } from "./sentence-tagger.ts";
export type { SampledDocument, SentenceTagger, SentenceTaggerOptions } from "./sentence-tagger.ts";
export { grammarChoices } from "./server/dialect.ts";
export type { GrammarChoice } from "./server/dialect.ts";
export { shotSource } from "./shot-source.ts";
export type { ShotSource } from "./shot-source.ts";
export type { Tagger, TaggerInfo, TaggerReport, TagOptions } from "./types.ts";

/** The mentions of one text, offsets in UTF-16 units: `text.slice(start, end)` is the mention. */
export async function tagText(
  tagger: Tagger,
  text: string,
  options?: TagOptions,
): Promise<readonly Mention[]> {
  async function* one(): AsyncGenerator<Document> {
    yield { id: "text", passages: [{ text, mentions: [] }] };
  }
  for await (const document of tagger.tag(one(), options)) return document.passages[0]!.mentions;
  throw new Error("internal: the tagger gave no document");
}
