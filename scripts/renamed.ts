/** @file Documents + names for their mentions → the same texts with those names, as rows of JSON Lines with offsets. */
import type { Mention, Passage } from "../src/documents/index.ts";

/** A document's text with every mention under its new name; a mention inside another one is left out. */
export function replaceMentions(
  { text, mentions, ...rest }: Passage,
  nameOf: (surface: string, mention: Mention) => string,
): Passage {
  let [written, from] = ["", 0];
  const moved: Mention[] = [];
  for (const mention of [...mentions].sort((one, other) => one.start - other.start)) {
    if (mention.start < from) continue;
    written += text.slice(from, mention.start);
    const name = nameOf(text.slice(mention.start, mention.end), mention);
    moved.push({ start: written.length, end: written.length + name.length, type: mention.type });
    written += name;
    from = mention.end;
  }
  return { ...rest, text: written + text.slice(from), mentions: moved };
}

/** One text of all passages: titles hold mentions as well, and a passage of its own would be a window of its own. */
export function rowOf(id: string, passages: readonly Passage[]): string {
  const text = passages.map((passage) => passage.text).join(" ");
  let offset = 0;
  const entities = passages.flatMap((passage) => {
    const base = offset;
    offset += passage.text.length + 1;
    return passage.mentions.map(({ start, end, type }) => ({
      start: base + start,
      end: base + end,
      label: type,
    }));
  });
  return `${JSON.stringify({ id, text, offsets: "utf-16", entities })}\n`;
}
