/** @file A passage and the signs of a style → the passage's text with its mentions marked. */
import type { Mention, Passage } from "../documents/index.ts";
import { resolveOverlaps } from "../documents/index.ts";

/** What stands before and behind a mention of a type. */
export type Signs = (mention: Mention) => { readonly open: string; readonly close: string };

/** Marks what was asked for; of overlapping mentions the longest, because none of the published styles nests marks. */
export function markedText({ text, mentions }: Passage, types: ReadonlySet<string>, signs: Signs): string {
  const asked = mentions.filter(({ type, start, end }) => types.has(type) && end > start);
  let marked = "";
  let at = 0;
  for (const mention of resolveOverlaps(asked).kept) {
    const { open, close } = signs(mention);
    marked += text.slice(at, mention.start) + open + text.slice(mention.start, mention.end) + close;
    at = mention.end;
  }
  return marked + text.slice(at);
}
