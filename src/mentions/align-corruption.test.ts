/** @file Gold mentions of dev sentences, marked, corrupted as real answers are, and aligned: how many come back. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Fault, harmful, harmless } from "../../test/corrupt-answers.ts";
import { openCorpus } from "../corpora/index.ts";
import type { Fragment, Passage } from "../documents/index.ts";
import { markedText } from "../instructions/marked-text.ts";
import { type Markup, parseMarkup } from "../instructions/index.ts";
import { randomFrom } from "../shared/random.ts";
import { alignAnswer } from "./align-answer.ts";

const folder = fileURLToPath(new URL("../../../shared/data/corpora/", import.meta.url));
const corpora = [
  ["ncbi-disease/bio/dev.tsv", "Disease"],
  ["bc5cdr/bio/chem.dev.tsv", "Chemical"],
  ["bc2gm/bio/dev.tsv", "Gene"],
] as const;
const markup: Markup = {
  kind: "signs",
  names: { disease: undefined, chem: undefined, gene: undefined },
  bare: "X",
};

async function sentencesWithMentions(): Promise<Passage[]> {
  const found: Passage[] = [];
  for (const [path, type] of corpora) {
    for await (const { passages } of openCorpus(folder + path, { type })) {
      found.push(...passages.filter(({ mentions }) => mentions.length > 0));
    }
  }
  return found;
}

const placeOf = ({ start, end }: Fragment): string => `${start}-${end}`;

describe.skipIf(!existsSync(folder))("dev gold, marked and corrupted (needs ../shared)", async () => {
  const sentences = existsSync(folder) ? await sentencesWithMentions() : [];

  function recovered(fault: Fault): { recall: number; precision: number } {
    let [right, found, wanted] = [0, 0, 0];
    for (const [at, passage] of sentences.entries()) {
      const signs = passage.mentions.map(({ type }) => [type, { open: "@@", close: "##" }] as const);
      const marked = markedText(passage, new Map(signs));
      const gold = new Set(parseMarkup(marked, markup).marks.map(placeOf));
      const { mentions } = alignAnswer(passage.text, fault(marked, passage.text, randomFrom(3, at)), markup);
      right += mentions.filter((mention) => gold.has(placeOf(mention))).length;
      found += mentions.length;
      wanted += gold.size;
    }
    expect(wanted).toBeGreaterThan(9000);
    return { recall: right / wanted, precision: right / found };
  }

  it.each(Object.entries(harmless))("%s loses nothing", (_, fault) => {
    const { recall, precision } = recovered(fault);
    expect(recall).toBeGreaterThan(0.997);
    expect(precision).toBeGreaterThan(0.997);
  });

  it.each(Object.entries(harmful))("%s invents nothing", (_, fault) => {
    const { recall, precision } = recovered(fault);
    expect(recall).toBeGreaterThan(0.3);
    expect(precision).toBeGreaterThan(0.997);
  });
});
