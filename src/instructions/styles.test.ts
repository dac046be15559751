/** @file The published templates character by character, answers that parse back, demonstrations, sentences. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Passage } from "../documents/index.ts";
import { randomFrom } from "../shared/random.ts";
import { parse as parseBioner, render as renderBioner } from "./bioner-llama.ts";
import {
  drawShots,
  parseLabels,
  parseList,
  rowOf,
  sentencePlaces,
  sentencesOf,
  similarityIndex,
  styleNames,
  styles,
  templateHash,
  typesOf,
} from "./index.ts";
import { parse as parseNerllama, render as renderNerllama, sentenceOf } from "./nerllama.ts";

const passage: Passage = {
  text: "Gout after zinc .",
  kind: "sentence",
  mentions: [
    { start: 0, end: 4, type: "Disease" },
    { start: 11, end: 15, type: "Chemical" },
  ],
};
const disease = typesOf("nerllama", ["Disease"]);

it("knows a type in any case, and keeps it as it was given", () => {
  expect(typesOf("nerllama", ["chemical", "CellLine"])).toEqual([
    { type: "chemical", name: "chem" },
    { type: "CellLine", name: "cellline" },
  ]);
  expect(typesOf("vaner", ["disease", "CellLine"])).toEqual([
    { type: "disease", name: "Disease" },
    { type: "CellLine", name: "CellLine" },
  ]);
});

describe("nerllama", () => {
  it("renders the published text with its literal backslashes", () => {
    const { system, prompt, answer } = renderNerllama(passage, disease, { shots: [passage] });
    expect(system).toBe(
      "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request",
    );
    expect(prompt).toBe(
      'You are an high intelligent biomedical named entity recognition tool, extract \\"disease\\" entities from the given text, only mark the entity on the original input by highlighting them with @@ and ##, do not make any other changes. if there is no entity recognized, output the same sentence.\\nBelow are some examples:\\n' +
        "Input:\nGout after zinc .\nOutput:\n@@Gout## after zinc .\nBe cautious here is the Input:\nGout after zinc .",
    );
    expect(answer).toBe("@@Gout## after zinc .");
    expect(sentenceOf(prompt)).toBe(passage.text);
  });

  it("renders the published text for several types", () => {
    const { prompt, answer } = renderNerllama(passage, typesOf("nerllama", ["Disease", "Chemical", "Gene"]));
    expect(prompt).toBe(
      'You are an high intelligent biomedical named entity recognition tool, extract "disease","chemical" and "gene" entities from the given text, only mark the entity on the original input by highlighting them with @disease@ and #disease#,@chem@ and #chem#, @gene@ and #gene#, do not make any other changes. if there is no entity recognized, output the same sentence.\\nBelow are some examples:\\nBe cautious here is the Input:\nGout after zinc .',
    );
    expect(answer).toBe("@disease@Gout#disease# after @chem@zinc#chem# .");
  });
});

describe("bioner-llama", () => {
  const types = typesOf("bioner-llama", ["Chemical"]);

  it("renders the published text", () => {
    const { prompt, answer } = renderBioner(passage, types);
    expect(prompt).toBe(
      'In the sentence extracted from biomedical literature, identify all the chemical entities. The required answer format is the same sentence with HTML <span> tags to mark up specific entities. \n### Entity Markup Guides:\nUse <span class="chemical"> to denote a chemical.\n\n### Input Text: Gout after zinc .\n### Output Text:',
    );
    expect(answer).toBe('Gout after <span class="chemical">zinc</span> . ');
    expect(styles["bioner-llama"].sentenceOf(prompt)).toBe(passage.text);
  });

  it("renders the published prompts for GPT", () => {
    const task =
      "TASK: the task is to extract chemical entities in a sentence.\n\nINPUT: the input is a sentence.\n\nOUTPUT: the output is an HTML that highlights all the chemical entities with <span> ... </span> in the sentence.\n\n";
    const { prompt, answer } = renderBioner(passage, types, { variant: "gpt" });
    expect(prompt).toBe(`${task}Sentence: Gout after zinc .\n\nHTML: `);
    expect(answer).toBe("Gout after <span> zinc </span> .");
    expect(renderBioner(passage, types, { variant: "gpt", shots: [passage] }).prompt).toBe(
      `${task}The following example format is provided:\n\nExample-1 Sentence: Gout after zinc .\n\nHTML: Gout after <span> zinc </span> .\n\nSentence: Gout after zinc .\nHTML: `,
    );
    expect(styles["bioner-llama"].sentenceOf(prompt)).toBe(passage.text);
  });
});

describe("guidelines", () => {
  const guidelines = { Disease: "Mark gout.", Species: "Mark mice." };

  it("stand before the demonstrations, for the types that are asked for", () => {
    const types = typesOf("bioner-llama", ["Disease", "Chemical"]);
    const { prompt } = renderBioner(passage, types, { variant: "gpt", shots: [passage], guidelines });
    expect(prompt).toContain(
      "in the sentence.\n\nANNOTATION GUIDELINES:\ndisease: Mark gout.\n\nThe following example",
    );
    const [list] = styles.list.render(passage, types, { guidelines });
    expect(list!.prompt).toContain("empty list.\n\nGuidelines:\ndisease: Mark gout.\n\nText: Gout");
  });

  it("change nothing where there are none", () => {
    const types = typesOf("list", ["Chemical"]);
    expect(styles.list.render(passage, types, { guidelines })).toEqual(
      styles.list.render(passage, types, {}),
    );
  });
});

describe("vaner", () => {
  it("renders the published prompts, and labels that parse back", () => {
    const types = typesOf("vaner", ["Disease"]);
    const [withName] = styles.vaner.render(passage, types, { dataset: "ncbi" });
    const [instruction] = styles.vaner.render(passage, types, {});
    expect(withName!.prompt).toBe(
      "If any Disease entity is mentioned in the ncbi input, extract it. ##input: ",
    );
    expect(instruction!.prompt).toBe(
      "If any Disease entity is mentioned in the input, extract it. ##input: ",
    );
    expect(instruction!.labels).toEqual(["B", "O", "O", "O"]);
    expect(parseLabels(passage.text, instruction!.labels!, types[0]!)).toEqual([passage.mentions[0]]);
    expect(rowOf(withName!, "messages")).toEqual({
      tokens: [withName!.prompt, "Gout", "after", "zinc", "."],
      ner_tags: [1, 0, 0, 0],
    });
  });
});

/** Words with mentions over some of them, adjacent ones too. */
const passages = fc
  .array(fc.tuple(fc.constantFrom("gout", "β", "🧬", ",", "a"), fc.constantFrom("", "Disease", "Chemical")), {
    minLength: 1,
    maxLength: 12,
  })
  .map((words): Passage => {
    let text = "";
    const mentions = words.flatMap(([word, type]) => {
      const start = text.length;
      text += `${word} `;
      return type === "" ? [] : [{ start, end: start + word.length, type }];
    });
    return { text, mentions };
  });

describe("every style", () => {
  it("parses back what it renders", () => {
    const check = (types: readonly string[]) =>
      fc.property(passages, (passage) => {
        const asked = passage.mentions.filter(({ type }) => types.includes(type));
        const places = asked.map(({ start, end, type }) => `${start} ${end} ${type}`);
        const named = typesOf("nerllama", types);
        const spans = typesOf("bioner-llama", types);
        for (const { copy, marks } of [
          parseNerllama(renderNerllama(passage, named).answer!, named),
          parseBioner(renderBioner(passage, spans).answer!, spans),
        ]) {
          expect(copy.trimEnd()).toBe(passage.text.trimEnd());
          expect(marks.map(({ start, end, type }) => `${start} ${end} ${type}`)).toEqual(places);
        }
        const [item] = styles.list.render(passage, spans, {});
        const pairs = asked.map(({ start, end, type }) => `${type} ${passage.text.slice(start, end)}`);
        const { listed } = parseList(item!.answer!, spans);
        expect(listed.map(({ surface, type }) => `${type} ${surface}`).sort()).toEqual(
          [...new Set(pairs)].sort(),
        );
      });
    fc.assert(check(["Disease"]), { numRuns: 200, seed: 1 });
    fc.assert(check(["Disease", "Chemical"]), { numRuns: 200, seed: 2 });
  });

  it("trains the answer alone, or everything where it is asked for", () => {
    for (const style of styleNames) {
      const [item] = styles[style].render(passage, typesOf(style, ["Disease"]), {});
      expect(item!.segments.map(({ trained }) => trained).filter(Boolean)).toHaveLength(1);
      expect(item!.segments.at(-1)!.trained).toBe(true);
    }
    const { segments } = renderNerllama(passage, disease, { trainAll: true });
    expect(segments.every(({ trained }) => trained)).toBe(true);
  });

  it("has a hash of its templates that stays as it is", async () => {
    const hashes = await Promise.all(styleNames.map(templateHash));
    expect(new Set(hashes).size).toBe(styleNames.length);
    expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
    expect(hashes).toMatchSnapshot();
  });
});

describe("the most similar sentences", () => {
  const texts = [
    "Renal failure after cisplatin in rats",
    "Zinc deficiency in infants",
    "renal failure after cisplatin, in rats!",
    "Renal failure after carboplatin",
    "BRCA1 mutations in breast cancer",
    "zinc deficiency in infants.",
  ];
  const index = similarityIndex(texts.map((text) => ({ text, mentions: [] })));
  const nearest = (text: string, count: number) => index.nearest(text, count).map((shot) => shot.text);

  it("share words and parts of words, best first", () => {
    expect(nearest("Failing kidneys: renal failures under cisplatin", 2)).toEqual([texts[0], texts[3]]);
    expect(nearest("BRCA2 and breast cancers", 1)).toEqual([texts[4]]);
  });

  it("are never the sentence itself nor a duplicate, of it or of each other", () => {
    expect(nearest("RENAL failure after cisplatin in rats.", 6)).toEqual([texts[3], texts[1], texts[4]]);
    expect(nearest("zinc deficiency", 2)).toEqual([texts[1], expect.not.stringMatching(/zinc/i)]);
  });

  it("are there for a text that shares nothing, too", () => {
    expect(nearest("𝛽", 2)).toHaveLength(2);
    expect(similarityIndex([]).nearest("gout", 3)).toEqual([]);
  });
});

describe("drawShots", () => {
  const pool = ["a", "b", "c", "a"].map((text): Passage => ({ text, mentions: [] }));

  it("never shows the item itself, and draws the same for the same seed", () => {
    for (let seed = 0; seed < 50; seed++) {
      const shots = drawShots(pool, pool[0]!, randomFrom(seed), { count: 3 });
      expect(shots.map(({ text }) => text).sort()).toEqual(["b", "c"]);
      expect(drawShots(pool, pool[0]!, randomFrom(seed), { count: 3 })).toEqual(shots);
    }
  });

  it("may show it where the published behaviour is wanted", () => {
    const draws = Array.from({ length: 50 }, (_, seed) =>
      drawShots(pool, pool[0]!, randomFrom(seed), { count: 3, published: true }),
    );
    expect(draws.every(({ length }) => length === 3)).toBe(true);
    expect(draws.some((shots) => shots.includes(pool[0]!))).toBe(true);
  });
});

describe("sentencesOf", () => {
  it("finds sentences, moves mentions, and never cuts one", () => {
    const text = "Gout is bad. E. coli is not. See Fig. A here.";
    const mentions = [
      { start: 0, end: 4, type: "Disease" },
      { start: 13, end: 20, type: "Species" },
    ];
    const sentences = sentencesOf({ text, mentions });
    const surfaces = sentences.flatMap(({ text, mentions }) =>
      mentions.map(({ start, end }) => text.slice(start, end)),
    );
    expect(surfaces).toEqual(["Gout", "E. coli"]);
    expect(sentences.map(({ text }) => text).join(" ")).toBe(text);
  });

  it("loses no mention, whatever its borders", () => {
    const text = "A b. C d.  E f! G";
    const offset = fc.nat(text.length);
    const property = fc.property(fc.array(fc.tuple(offset, offset), { maxLength: 4 }), (pairs) => {
      const mentions = pairs.map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b), type: "X" }));
      const shown = mentions.filter(({ start, end }) => text.slice(start, end).trim() !== "");
      const places = sentencePlaces({ text, mentions: shown });
      const found = sentencesOf({ text, mentions: shown }).flatMap(({ mentions }, at) =>
        mentions.map(({ start, end }) => `${start + places[at]!.start} ${end + places[at]!.start}`),
      );
      const wanted = shown.map(({ start, end }) => `${start} ${end}`);
      expect(found.sort()).toEqual(wanted.sort());
    });
    fc.assert(property, { numRuns: 500, seed: 4 });
  });
});
