/** @file Corpora and the style of a recipe → instructions with their answers, as token sequences that a language model learns. */
import type { Document, Passage } from "../documents/index.ts";
import { drawShots, type Instruction, sentencesOf, styles, typesOf } from "../instructions/index.ts";
import { encodeInstruction } from "../models/language-model-rows.ts";
import { randomFrom } from "../shared/random.ts";
import type { Tokenizer } from "../tokens/index.ts";
import type { TokenSequence } from "./language-data.ts";
import type { Recipe } from "./recipe.ts";

export interface InstructedCorpus {
  readonly documents: AsyncIterable<Document>;
  /** Types that it annotates completely: they are what is asked for. */
  readonly annotates: readonly string[];
  /** How often it is seen per epoch; of a fraction, the same sentences in every epoch. */
  readonly repeat: number;
}

export interface InstructionSettings {
  readonly instruction: NonNullable<Recipe["instruction"]>;
  readonly tokenizer: Tokenizer;
  readonly seed: number;
}

export interface InstructionData {
  readonly sequences: readonly TokenSequence[];
  readonly counts: {
    readonly sentences: number;
    readonly instructions: number;
    /** Instructions whose answer marks nothing and which `negatives` left out. */
    readonly negativesLeftOut: number;
  };
}

/** Sentences are asked about one by one; each has random sources of its own, whatever stands before it. */
export async function instructionData(
  corpora: readonly InstructedCorpus[],
  settings: InstructionSettings,
): Promise<InstructionData> {
  const { instruction, tokenizer, seed } = settings;
  const sequences: TokenSequence[] = [];
  const counts = { sentences: 0, instructions: 0, negativesLeftOut: 0 };
  for (const [at, { documents, annotates, repeat }] of corpora.entries()) {
    const sentences = await sentencesIn(documents);
    counts.sentences += sentences.length;
    for (const [place, sentence] of sentences.entries()) {
      for (const types of instruction.perType ? annotates.map((type) => [type]) : [annotates]) {
        const random = randomFrom(seed, at, place, annotates.indexOf(types[0]!));
        const times = Math.floor(repeat) + (random() < repeat % 1 ? 1 : 0);
        const asked = onlyTypes(sentence, types);
        if (asked.mentions.length === 0 && random() >= instruction.negatives) {
          counts.negativesLeftOut += times;
          continue;
        }
        for (let time = 0; time < times; time++) {
          const shots = drawShots(sentences, sentence, random, {
            count: instruction.shots,
            published: instruction.publishedShots,
          });
          sequences.push(await encodeInstruction(tokenizer, rendered(asked, types, shots, instruction)));
          counts.instructions++;
        }
      }
    }
  }
  return { sequences, counts };
}

async function sentencesIn(documents: AsyncIterable<Document>): Promise<Passage[]> {
  const sentences: Passage[] = [];
  for await (const { passages } of documents) {
    for (const passage of passages) sentences.push(...sentencesOf(passage));
  }
  return sentences;
}

function onlyTypes(passage: Passage, types: readonly string[]): Passage {
  return { ...passage, mentions: passage.mentions.filter(({ type }) => types.includes(type)) };
}

function rendered(
  sentence: Passage,
  types: readonly string[],
  shots: readonly Passage[],
  { style, variant, loss }: InstructionSettings["instruction"],
): Instruction {
  const options = { shots: shots.map((shot) => onlyTypes(shot, types)), variant, trainAll: loss === "all" };
  return styles[style].render(sentence, typesOf(style, types), options)[0]!;
}
