/** @file The words everyone speaks, and what can be done with them without knowing a format. */
export { bioReader, bioToMentions, boundsToBio, isBioLabel, mentionsToBio } from "./bio.ts";
export type { BioLabels, BioReader } from "./bio.ts";
export { codePointMap } from "./code-points.ts";
export type { CodePointMap } from "./code-points.ts";
export { resolveOverlaps, sortMentions, spanOf } from "./mentions.ts";
export type { ResolvedOverlaps } from "./mentions.ts";
export { documentText, mentionText, passageStarts } from "./text.ts";
export type { Carried, Document, Fragment, Mention, Passage } from "./types.ts";
