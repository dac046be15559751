/** @file A BioC tree → the unit in which its offsets count, proved by the texts of its annotations. */
import { biocUnits, unitInfon } from "./bioc-model.ts";
import type { BiocAnnotation, BiocDocument, BiocUnit } from "./bioc-model.ts";
import { assemble } from "./bioc-text.ts";
import type { PlacedBlock } from "./bioc-text.ts";

type Tell = (kind: string, problem: string) => void;

/**
 * The unit that the document says; else another one than code points only where every annotation proves it. What it is
 * taken for is always told.
 */
export function detectUnit(tree: BiocDocument, tell: Tell): BiocUnit {
  const said = tree.infons.find(([key]) => key === unitInfon)?.[1];
  const known = biocUnits.find((unit) => unit === said);
  if (known !== undefined) return known;
  if (!hasWideText(tree)) return "code-point";
  const [points, ...others] = biocUnits.map((unit) => ({ unit, ...matches(tree, unit) }));
  if (points!.matching === points!.all) return "code-point";
  const proved = others.find(({ matching, all }) => matching === all);
  if (proved !== undefined) {
    const problem = `offsets count ${names[proved.unit]}, not code points: all ${proved.all} annotations stand where their text says if read so`;
    tell("offset-unit-kept", problem);
    return proved.unit;
  }
  const better = others.find(({ matching }) => matching > points!.matching);
  if (better !== undefined) {
    const problem =
      `${points!.matching} of ${points!.all} annotations match their text if offsets count code points, ` +
      `${better.matching} if they count ${names[better.unit]}: read as code points; say which unit the file has`;
    tell("offset-unit-doubtful-kept", problem);
  }
  return "code-point";
}

const names: Readonly<Record<BiocUnit, string>> = {
  "code-point": "code points",
  "utf-16": "UTF-16 units",
  byte: "bytes of UTF-8",
};

/** ASCII counts the same in every unit. */
function hasWideText({ passages }: BiocDocument): boolean {
  // oxlint-disable-next-line no-control-regex -- everything beyond ASCII
  const wide = /[^\u0000-\u007F]/;
  return passages.some(
    ({ text, sentences }) => wide.test(text ?? "") || sentences.some((one) => wide.test(one.text ?? "")),
  );
}

function matches(tree: BiocDocument, unit: BiocUnit): { readonly matching: number; readonly all: number } {
  let matching = 0;
  let all = 0;
  for (const passage of tree.passages) {
    const placed = assemble(passage, unit);
    for (const block of [placed, ...placed.sentences]) {
      const stated = block.tree.annotations.filter((annotation) => annotation.text !== undefined);
      all += stated.length;
      matching += stated.filter((annotation) => stands(annotation, block, placed.text)).length;
    }
  }
  return { matching, all };
}

function stands({ locations, text: stated }: BiocAnnotation, block: PlacedBlock, text: string): boolean {
  const places = locations.map(({ offset, length }) => ({
    start: block.map.toUtf16(offset - block.tree.offset),
    end: block.map.toUtf16(offset - block.tree.offset + length),
  }));
  const slice = (start: number | undefined, end: number | undefined): string | undefined =>
    start === undefined || end === undefined ? undefined : text.slice(block.start + start, block.start + end);
  const parts = places.map(({ start, end }) => slice(start, end));
  return parts.join(" ") === stated || slice(places[0]?.start, places.at(-1)?.end) === stated;
}
