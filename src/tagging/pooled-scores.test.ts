/** @file One score a name: the mean of all its places, told apart by case only where case means something. */
import { describe, expect, it } from "vitest";
import type { Mention } from "../documents/index.ts";
import type { FoundPassage } from "./consistency.ts";
import { NameIndex } from "./name-index.ts";
import { pooledMentions } from "./pooled-scores.ts";

/** A passage whose mentions are marked: "[gout|0.9] and gout"; all other places have a support of 0.2. */
function passage(marked: string): FoundPassage {
  let text = "";
  const mentions: Mention[] = [];
  for (const [, before = "", name, score] of marked.matchAll(/([^[]*)(?:\[([^|]*)\|([\d.]+)\])?/g)) {
    text += before;
    if (name === undefined) continue;
    mentions.push({
      start: text.length,
      end: text.length + name.length,
      type: "Disease",
      score: Number(score),
    });
    text += name;
  }
  return { text, mentions, support: () => 0.2 };
}

function pooled(passages: readonly FoundPassage[]): Mention[][] {
  return pooledMentions(passages, new NameIndex(passages.map(({ text }) => text)));
}

const scoresOf = (...passages: string[]): number[][] =>
  pooled(passages.map(passage)).map((mentions) => mentions.map(({ score }) => score!));

describe("a name's score", () => {
  it.each([
    ["is its own where it stands once", ["a [gout|0.9]."], [[0.9]]],
    ["is the mean over all passages", ["[gout|0.9]", "", "[gout|0.5], [gout|0.1]"], [[0.5], [], [0.5, 0.5]]],
    ["counts places where it is no mention", ["[gout|0.8], gout", "(gout)"], [[0.4], []]],
    [
      "leaves out places within longer words and names",
      ["[gout|0.8], goutier, [acute gout|0.6]"],
      [[0.8, 0.6]],
    ],
    ["is that of its word in any case", ["[Gout|0.9]", "[gout|0.5] GOUT"], [[1.6 / 3], [1.6 / 3]]],
    ["is not that of an abbreviation in another case", ["[CAN|0.9] can [Als|0.5] ALS"], [[0.9, 0.5]]],
    ["is its own where it is a part of a word", ["anti[gout|0.6]"], [[0.6]]],
  ] as const)("%s", (_, passages, expected) => {
    const found = scoresOf(...passages);
    expect(found.map((scores) => scores.length)).toEqual(expected.map((scores) => scores.length));
    found.flat().forEach((score, at) => expect(score).toBeCloseTo(expected.flat()[at]!, 12));
  });

  it("is found in texts whose lower case is longer", () => {
    expect("İ".toLowerCase().length).toBeGreaterThan(1);
    expect(scoresOf("İ [gout|0.8] gout")).toEqual([[0.5]]);
  });

  it("changes nothing else of a mention", () => {
    const one = passage("[gout|0.9] and [gout|0.7]");
    const [changed] = pooled([one]);
    expect(changed!.map(({ score: _score, ...rest }) => rest)).toEqual(
      one.mentions.map(({ score: _score, ...rest }) => rest),
    );
  });
});
