/** @file Random documents for properties of formats: astral characters, line breaks, nested and discontinuous mentions. */
import * as fc from "fast-check";
import type { Document, Fragment, Mention, Passage } from "../src/documents/index.ts";

export interface RandomDocuments {
  /** What texts are made of. */
  readonly units?: readonly string[];
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  readonly maxPassages?: number;
  readonly scores?: boolean;
}

/** XML's own characters, marks, line ends, astral letters and spaces. */
export const hardUnits = [
  "a",
  "é",
  "e\u0301",
  "🧬",
  "𝛽",
  "\n",
  "\r\n",
  "\r",
  "\t",
  "中",
  "&",
  "<",
  "]]>",
  '"',
  " ",
  "|",
];

export function randomDocument(options: RandomDocuments = {}): fc.Arbitrary<Document> {
  const { maxPassages = 3 } = options;
  const passages = fc.array(randomPassage(options), { minLength: 1, maxLength: maxPassages });
  return fc.record({ id: fc.stringMatching(/^[A-Za-z0-9]{1,8}$/), passages });
}

function randomPassage(options: RandomDocuments): fc.Arbitrary<Passage> {
  const { units = hardUnits, types = ["Gene", "Cell_line"], ids = ["MESH:D1", "C:2", "X:3"] } = options;
  return fc.array(fc.constantFrom(...units), { maxLength: 12 }).chain((parts) => {
    const text = parts.join("");
    // Places between characters, so that no mention cuts one in half.
    const places = [0];
    for (const character of text) places.push(places.at(-1)! + character.length);
    const span = fc
      .tuple(fc.nat(places.length - 1), fc.nat(places.length - 1))
      .map(([a, b]): Fragment => ({ start: places[Math.min(a, b)]!, end: places[Math.max(a, b)]! }));
    const mention = fc
      .record({
        spans: fc.array(span, { minLength: 1, maxLength: 3 }),
        type: fc.constantFrom(...types),
        ids: fc.option(fc.array(fc.constantFrom(...ids), { maxLength: 3 }), { nil: undefined }),
        score:
          options.scores === true ? fc.option(fc.double({ min: 0, max: 1, noNaN: true })) : fc.constant(null),
      })
      .map((drawn) => toMention(drawn));
    return fc
      .array(mention, { maxLength: 4 })
      .map((mentions) => ({ text, mentions: mentions.filter((one) => one !== undefined) }));
  });
}

function toMention(drawn: {
  readonly spans: readonly Fragment[];
  readonly type: string;
  readonly ids: readonly string[] | undefined;
  readonly score: number | null;
}): Mention | undefined {
  const sorted = [...drawn.spans].sort((a, b) => a.start - b.start);
  // Fragments are not empty and do not touch.
  const apart = sorted.every(
    ({ start, end }, index) => start < end && start > (sorted[index - 1]?.end ?? -1),
  );
  if (!apart) return undefined;
  return {
    start: sorted[0]!.start,
    end: sorted.at(-1)!.end,
    type: drawn.type,
    ...(sorted.length > 1 && { fragments: sorted }),
    ...(drawn.ids !== undefined && { ids: drawn.ids }),
    ...(drawn.score !== null && { score: Math.abs(drawn.score) }),
  };
}

/** A document without what formats carry for their own writers. */
export function withoutCarried(document: Document): Document {
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) => (key === "carried" ? undefined : value)),
  ) as Document;
}
