/** @file Documents → instructions in the published styles, and the marks of their answers. */
export type { BionerVariant } from "./bioner-llama.ts";
export { parse as parseList } from "./list.ts";
export type { ListedAnswer, ListedSurface } from "./list.ts";
export { lexMarkup, typeOfName } from "./markup.ts";
export type { Mark, MarkedCopy, Markup, MarkToken } from "./markup.ts";
export { pairMarks, parseMarkup } from "./marks.ts";
export { rowOf, rowShapes } from "./rows.ts";
export type { RowShape } from "./rows.ts";
export { sentencesOf } from "./sentences.ts";
export { drawShots } from "./shots.ts";
export type { ShotOptions } from "./shots.ts";
export { styleNames, styles, templateHash, typesOf } from "./styles.ts";
export type { Style, StyleName, StyleOptions } from "./styles.ts";
export type { Instruction, RenderOptions, Segment, StyleType } from "./types.ts";
export { parse as parseLabels } from "./vaner.ts";
