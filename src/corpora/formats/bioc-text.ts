/** @file A BioC passage → its one text, with the place of each sentence in it. */
import type { BiocBlock, BiocPassage, BiocUnit } from "./bioc-model.ts";
import { unitMap } from "./bioc-units.ts";
import type { UnitMap } from "./bioc-units.ts";

/** A passage or sentence whose annotations count from `tree.offset`. */
export interface PlacedBlock {
  readonly tree: BiocBlock;
  /** Where the text that `map` is about begins in the passage's text. */
  readonly start: number;
  readonly map: UnitMap;
}

export interface PlacedPassage extends PlacedBlock {
  readonly tree: BiocPassage;
  readonly text: string;
  readonly sentences: readonly PlacedBlock[];
}

/** A larger gap between two sentences is a mistake in the offsets and no white space. */
const maxGap = 1000;

/**
 * A passage's own text, or the texts of its sentences at their offsets with spaces between them: BioC does not say what
 * stands there.
 */
export function assemble(tree: BiocPassage, unit: BiocUnit): PlacedPassage {
  if (tree.text !== undefined || tree.sentences.length === 0) return withText(tree, tree.text ?? "", unit);
  let text = "";
  let next = tree.offset; // the offset, in the file's unit, of what comes after `text`
  const sentences = tree.sentences.map((sentence): PlacedBlock => {
    const gap = sentence.offset - next;
    if (gap > 0 && gap <= maxGap) text += " ".repeat(gap);
    else if (gap !== 0 && text !== "") text += " ";
    const start = text.length;
    const map = unitMap(sentence.text ?? "", unit);
    text += sentence.text ?? "";
    next = sentence.offset + map.length;
    return { tree: sentence, start, map };
  });
  return { tree, text, start: 0, map: unitMap(text, unit), sentences };
}

function withText(tree: BiocPassage, text: string, unit: BiocUnit): PlacedPassage {
  const map = unitMap(text, unit);
  const sentences = tree.sentences.map((sentence): PlacedBlock => {
    // Annotations of a sentence count over the document, so that a sentence without place does no harm to them.
    const start = map.toUtf16(sentence.offset - tree.offset);
    const own = sentence.text ?? "";
    if (start !== undefined && text.startsWith(own, start) && own !== "") {
      return { tree: sentence, start, map: unitMap(own, unit) };
    }
    return { tree: { ...sentence, offset: tree.offset }, start: 0, map };
  });
  return { tree, text, start: 0, map, sentences };
}
