/**
 * @file An engine that answers questions about sentences → a Tagger of documents: sentences and their exact places,
 * demonstrations, one question a type or one for all, several samples and their votes.
 */
import type { Document, Fragment, Mention, Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import {
  moved,
  sentencePlaces,
  type StyleName,
  type StyleOptions,
  styles,
  typesOf,
} from "../instructions/index.ts";
import { addCounts, type StatusCounts, voteOver } from "../mentions/index.ts";
import type { Engine, Question, Reply } from "./engine.ts";
import type { ShotSource } from "./shot-source.ts";
import type { Tagger, TaggerReport, TagOptions } from "./types.ts";

export interface SentenceTaggerOptions {
  readonly engine: Engine;
  /** What a person calls the model. */
  readonly name: string;
  readonly style: StyleName;
  readonly styleOptions?: Omit<StyleOptions, "shots">;
  /** Types that may be asked for; all of them are unless told otherwise. */
  readonly types: readonly string[];
  /** One question for each type, as published, instead of one for all of them. */
  readonly perType?: boolean | undefined;
  /** Demonstrations for a sentence, drawn anew for each sample; none if absent. */
  readonly shots?: ShotSource | undefined;
  /** Answers to each question; more than one are put to the vote. 1 if absent. */
  readonly samples?: number | undefined;
  /** 0 takes the likeliest; if absent 0 for one sample and 1 for several. */
  readonly temperature?: number | undefined;
  /** Share of the samples that a mention needs; ½ if absent. */
  readonly voteThreshold?: number | undefined;
  readonly seed?: number | undefined;
}

interface Run {
  readonly options: SentenceTaggerOptions;
  readonly types: readonly string[];
  readonly tagOptions: TagOptions;
  readonly count: { sentences: number; cut: number; truncated: number; marks: StatusCounts | undefined };
}

/** Disposes of the engine with itself. */
export function openSentenceTagger(options: SentenceTaggerOptions): Tagger {
  const { engine, name, types } = options;
  const count: Run["count"] = { sentences: 0, cut: 0, truncated: 0, marks: undefined };
  return {
    info: { model: name, types },
    tag(documents, tagOptions = {}) {
      const asked = tagOptions.types ?? types;
      const unknown = asked.find((type) => !types.includes(type));
      if (unknown !== undefined) {
        throw new NeriumError(
          "USAGE",
          `the model is not asked for "${unknown}"; its types are ${types.join(", ")}`,
        );
      }
      return tagAll(documents, { options, types: [...new Set(asked)], tagOptions, count });
    },
    report: (): TaggerReport => {
      const { marks, ...counts } = count;
      return { cost: engine.cost, ...counts, ...(marks !== undefined && { marks }) };
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** As many sentences as give the engine as many questions as it likes to have at once. */
function sentencesAtOnce({ engine, samples = 1 }: SentenceTaggerOptions): number {
  return Math.max(1, Math.ceil(engine.atOnce / samples));
}

async function* tagAll(documents: AsyncIterable<Document>, run: Run): AsyncGenerator<Document> {
  const enough = sentencesAtOnce(run.options);
  let group: { document: Document; places: Fragment[][] }[] = [];
  let waiting = 0;
  for await (const document of documents) {
    const places = document.passages.map((passage) => sentencePlaces({ ...passage, mentions: [] }));
    group.push({ document, places });
    waiting += places.flat().length;
    if (waiting < enough) continue;
    yield* await tagGroup(group, run);
    [group, waiting] = [[], 0];
  }
  yield* await tagGroup(group, run);
}

async function tagGroup(
  group: readonly { readonly document: Document; readonly places: readonly (readonly Fragment[])[] }[],
  run: Run,
): Promise<Document[]> {
  const texts = group.flatMap(({ document, places }) =>
    document.passages.flatMap(({ text }, at) => places[at]!.map(({ start, end }) => text.slice(start, end))),
  );
  run.count.sentences += texts.length;
  const mentions: Mention[][] = [];
  const most = sentencesAtOnce(run.options);
  for (let at = 0; at < texts.length; at += most) {
    mentions.push(...(await mentionsOf(texts.slice(at, at + most), run)));
  }
  const found = mentions.values();
  return group.map(({ document, places }) => {
    const passages = document.passages.map(({ text, kind }, at): Passage => {
      const mentions = places[at]!.flatMap(({ start }) => {
        return found.next().value!.map((mention) => moved(mention, start));
      });
      return { text, ...(kind !== undefined && { kind }), mentions };
    });
    const { id, separator } = document;
    return { id, ...(separator !== undefined && { separator }), passages };
  });
}

/** The mentions of each sentence, in text order. */
async function mentionsOf(sentences: readonly string[], run: Run): Promise<Mention[][]> {
  const { perType = false, samples = 1, voteThreshold } = run.options;
  const { threshold = 0 } = run.tagOptions;
  const passes = perType ? run.types.map((type) => [type]) : [run.types];
  const found: Mention[][] = sentences.map(() => []);
  for (const types of passes.filter((types) => types.length > 0)) {
    const asked = sentences.flatMap((text) => {
      return Array.from({ length: samples }, (_, sample) => ({ text, sample }));
    });
    const replies = await repliesTo(asked, types, run);
    for (const at of sentences.keys()) {
      const own = replies.slice(at * samples, (at + 1) * samples).map(({ mentions }) => mentions);
      const elected = samples === 1 ? own[0]! : voteOver(own, { threshold: voteThreshold });
      found[at]!.push(...elected.filter(({ score = 1 }) => score >= threshold));
    }
  }
  return found.map((mentions) => mentions.map(plain).sort((a, b) => a.start - b.start || b.end - a.end));
}

/** What a document keeps of a mention: neither its votes nor how the answer was aligned. */
function plain({ start, end, type, score }: Mention): Mention {
  return { start, end, type, ...(score !== undefined && { score }) };
}

interface Asked {
  readonly text: string;
  readonly sample: number;
}

async function repliesTo(asked: readonly Asked[], types: readonly string[], run: Run): Promise<Reply[]> {
  const { options, tagOptions, count } = run;
  const { engine, samples = 1, temperature = samples === 1 ? 0 : 1 } = options;
  const questions = asked.map((one) => questionFor(one, types, options));
  const replies = await engine.ask(questions, { temperature, signal: tagOptions.signal });
  const whole: Reply[] = [];
  for (const [at, reply] of replies.entries()) {
    if (reply.truncated === true) count.truncated++;
    if (reply.counts !== undefined)
      count.marks = addCounts([reply.counts, ...(count.marks ? [count.marks] : [])]);
    whole.push(reply.failed === undefined ? reply : await halves(asked[at]!, reply, types, run));
  }
  return whole;
}

/** What is drawn hangs on the text alone, not on what was asked before: a run that goes on asks as it would have. */
function questionFor(
  { text, sample }: Asked,
  types: readonly string[],
  { style, styleOptions, shots, seed = 0 }: SentenceTaggerOptions,
): Question {
  const named = typesOf(style, types);
  const seeds = [seed, hashOf(text), sample];
  const drawn = shots === undefined ? {} : { shots: shots(text, types, seeds) };
  const [instruction] = styles[style].render({ text, mentions: [] }, named, { ...styleOptions, ...drawn });
  return { text, instruction: instruction!, types: named, seeds };
}

/** A text that is too long is cut at the white space nearest to its middle, and both halves are asked about. */
async function halves(asked: Asked, { failed }: Reply, types: readonly string[], run: Run): Promise<Reply> {
  const { text, sample } = asked;
  const border = failed!.tooLong ? middleBlank(text) : -1;
  if (border < 0)
    throw new NeriumError("RUNTIME", `no answer for "${text.slice(0, 60)}": ${failed!.problem}`);
  if (sample === 0) run.count.cut++;
  const parts = [text.slice(0, border), text.slice(border)].map((part) => ({ text: part, sample }));
  const [left, right] = await repliesTo(parts, types, run);
  return { mentions: [...left!.mentions, ...right!.mentions.map((mention) => moved(mention, border))] };
}

function middleBlank(text: string): number {
  const middle = text.length / 2;
  let best = -1;
  for (const { index } of text.matchAll(/\s(?=\S)/g)) {
    if (index > 0 && (best < 0 || Math.abs(index - middle) < Math.abs(best - middle))) best = index;
  }
  return best;
}

/** 32 bits of a text (FNV-1a): seeds that differ from text to text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
