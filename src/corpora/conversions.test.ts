/** @file All pairs of formats that are written: what the target holds comes back, and whatever does not is reported. */
import { beforeAll, describe, expect, it } from "vitest";
import { isHeld, keys, rewritten } from "../../test/rewritten.ts";
import { documentText } from "../documents/index.ts";
import type { Document, Mention, Passage } from "../documents/index.ts";
import { randomFrom } from "../shared/random.ts";
import { countIssues, targetFormats } from "./index.ts";
import type { Holds, TargetFormat } from "./index.ts";
import { formatEntry } from "./registry.ts";

const random = randomFrom(20);
const below = (limit: number): number => Math.floor(random() * limit);
const oneOf = <T>(items: readonly T[]): T => items[below(items.length)]!;
const units = ["alpha", "β", "🧬", "12", "<mark>", "&lt;mark>", '"', "e\u0301", "|t|", "中", "\\", "B-X"];
const gaps = [" ", " ", " ", "", "  ", "\n", "\t", "\u2028"];

function randomMention(text: string, rich: boolean, cuts: readonly number[]): Mention {
  const [a, b] = [oneOf(cuts), oneOf(cuts)];
  const [start, end] = [Math.min(a, b), Math.max(a, b)];
  const inner = cuts.filter((cut) => cut > start && cut < end);
  const [low, high] = [inner[0], inner.at(-1)];
  const parted = rich && low !== undefined && high !== undefined && low < high && below(4) === 0;
  return {
    start,
    end,
    type: rich ? oneOf(["Gene", 'A "<b>" & c', "Disease"]).replaceAll(/[\s"<>&]/g, rich ? "_" : "") : "Gene",
    ...(parted && {
      fragments: [
        { start, end: low },
        { start: high, end },
      ],
    }),
    ...(rich && below(3) === 0 && { ids: oneOf([["D1"], ["MESH:D2", "7"]]) }),
    ...(rich && below(3) === 0 && { score: below(10_000) / 10_000 }),
  };
}

function randomPassage(rich: boolean, kind: string | undefined): Passage {
  let text = "";
  const cuts = [0];
  for (let left = 1 + below(8); left > 0; left--) {
    text += oneOf(rich ? units : ["alpha", "12", "beta"]);
    cuts.push(text.length);
    if (left > 1) text += rich ? oneOf(gaps) : " ";
    cuts.push(text.length);
  }
  const mentions = Array.from({ length: below(4) }, () => randomMention(text, rich, cuts));
  return {
    text,
    ...(kind !== undefined && { kind }),
    mentions: mentions.filter(({ start, end }) => start < end),
  };
}

/** Half of them plain, so that many come through formats that hold little. */
function randomDocument(number: number): Document {
  const rich = number % 2 === 0;
  const kinds = rich
    ? oneOf([[undefined], ["title", "abstract"], ["paragraph", "paragraph", undefined]])
    : [undefined];
  const passages = kinds.map((kind) => randomPassage(rich, kind));
  return { id: rich ? `doc${number}` : `corpus:${number}`, passages };
}

const documents = Array.from({ length: 40 }, (_, index) => randomDocument(index + 1));

const pairs = targetFormats.flatMap((from) => targetFormats.map((to) => [from, to] as const));
const first = new Map<TargetFormat, Document[]>();
beforeAll(async () => {
  for (const format of targetFormats) first.set(format, await rewritten(format, documents));
}, 60_000);

describe("a format's documents, through another format", () => {
  it.each(pairs)("%s → %s keeps what the latter holds", async (from, to) => {
    const before = first.get(from)!;
    const { holds } = formatEntry(to);
    const after = await rewritten(to, before);
    const solid = (of: readonly Document[]): string => of.map(documentText).join("").replaceAll(/\s/g, "");
    expect(solid(after)).toBe(solid(before));
    const got = keys(after, holds, () => true);
    const missing = keys(before, holds, (mention, passage) => isHeld(mention, passage, holds)).filter(
      (key) => {
        const index = got.indexOf(key);
        if (index >= 0) got.splice(index, 1);
        return index < 0;
      },
    );
    expect(missing).toEqual([]);
    const again = await rewritten(from, after);
    expect(solid(again)).toBe(solid(before));
  });

  it.each(targetFormats)("%s → %s is the same again", async (format) => {
    const again = await rewritten(format, first.get(format)!);
    expect(again).toEqual(first.get(format));
  });
});

/** What anybody would call the same document: all but the kinds of passages that had none, and layout. */
function essence({ id, passages }: Document, withKinds: readonly boolean[]): unknown {
  const bySpan = (a: Mention, b: Mention): number =>
    a.start - b.start || a.end - b.end || JSON.stringify(a).localeCompare(JSON.stringify(b));
  const plain = ({ stated: _, carried: __, ...mention }: Mention): Mention => mention;
  return {
    id,
    // PubTator has an abstract, be it empty.
    passages: passages
      .filter(({ text }) => text !== "")
      .map(({ text, kind, mentions }, index) => ({
        text,
        kind: withKinds[index] === true ? kind : undefined,
        mentions: mentions.map(plain).sort(bySpan),
      })),
  };
}

describe("a document of which no loss is reported", () => {
  it.each(targetFormats)("comes back from %s as it was", async (format) => {
    let lossless = 0;
    for (const [index, document] of Array.from({ length: 120 }, (_, n) => randomDocument(n + 1)).entries()) {
      const issues = countIssues();
      const numbered = index % 2 === 0 ? { ...document, id: "corpus:1" } : document;
      const after = await rewritten(format, [numbered], issues);
      if (issues.losses() > 0) continue;
      lossless++;
      const kinds = numbered.passages.map(({ kind }) => kind !== undefined);
      expect(after.map((one) => essence(one, kinds))).toEqual([essence(numbered, kinds)]);
    }
    expect(lossless).toBeGreaterThan(0);
  });
});

describe("a document that has everything", () => {
  const mentions: Mention[] = [
    { start: 0, end: 3, type: "X", ids: ["D1", "D2"], score: 0.5 },
    {
      start: 0,
      end: 15,
      type: "Y",
      fragments: [
        { start: 0, end: 3 },
        { start: 10, end: 15 },
      ],
    },
    { start: 0, end: 8, type: "Y" },
    { start: 5, end: 15, type: "Y" },
  ];
  const text = "one  two\n three";
  const passages = ["a", "b", "c"].map((kind) => ({ text, kind, mentions }));
  const carried = [{ format: "elsewhere", lines: ["a relation"] }];
  const document: Document = { id: "a", passages, carried };
  const kindsOf: Readonly<Record<Exclude<keyof Holds, "nested" | "anyPlace">, RegExp>> = {
    discontinuous: /^(discontinuous-mention|mentions-dropped)$/,
    crossing: /^(overlapping-mention|mentions-dropped)$/,
    types: /^(types-dropped|mentions-dropped)$/,
    ids: /^(ids-dropped|mentions-dropped)$/,
    scores: /^(scores-dropped|mentions-dropped)$/,
    documentIds: /^document-ids-dropped$/,
    passages: /^(passage-borders-dropped|document-split)$/,
    whiteSpace: /^(line-break-replaced|white-space-replaced)$/,
    carried: /^carried-dropped$/,
  };

  it.each(targetFormats)("is told what %s does not hold, and only that", async (format) => {
    const issues = countIssues();
    await rewritten(format, [document], issues);
    const told = issues.counts().map(({ kind }) => kind);
    const { holds } = formatEntry(format);
    for (const [part, pattern] of Object.entries(kindsOf)) {
      const held = holds[part as keyof Holds] === true;
      expect([part, told.some((kind) => pattern.test(kind))]).toEqual([part, !held]);
    }
  });
});
