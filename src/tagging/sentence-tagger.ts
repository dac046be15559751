/**
 * @file An engine that answers questions about sentences → a Tagger of documents: sentences and their exact places,
 * demonstrations, one question a type or one for all, several samples and their votes.
 */
import type { Document, Fragment, Mention, Passage } from "../documents/index.ts";
import { sortMentions } from "../documents/index.ts";
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

/** A tagger whose samples can be seen before they are put to the vote. */
export interface SentenceTagger extends Tagger {
  report(): TaggerReport;
  sample(documents: AsyncIterable<Document>, options?: TagOptions): AsyncGenerator<SampledDocument>;
}

export interface SampledDocument {
  /** What each sample says by itself. */
  readonly samples: readonly Document[];
  /** Everything that any sample found, with its share of them as score, but for what overlaps something with more votes. */
  readonly voted: Document;
}

/** Disposes of the engine with itself. */
export function openSentenceTagger(options: SentenceTaggerOptions): SentenceTagger {
  const { engine, name, types, samples = 1, voteThreshold } = options;
  if (!(samples >= 1)) throw new NeriumError("USAGE", `samples: expected 1 or more, got ${samples}`);
  const count: Run["count"] = { sentences: 0, cut: 0, truncated: 0, marks: undefined };
  const ask = (documents: AsyncIterable<Document>, tagOptions: TagOptions): AsyncGenerator<FoundDocument> => {
    const asked = [...new Set(tagOptions.types ?? types)];
    const unknown = asked.find((type) => !types.includes(type));
    if (unknown === undefined) return askAll(documents, { options, types: asked, tagOptions, count });
    const problem = `the model is not asked for "${unknown}"; its types are ${types.join(", ")}`;
    throw new NeriumError("USAGE", problem);
  };
  return {
    info: { model: name, types },
    async *tag(documents, tagOptions = {}) {
      const { threshold = 0 } = tagOptions;
      for await (const found of ask(documents, tagOptions)) {
        yield withMentions(found, (bySample) => {
          const elected = samples === 1 ? bySample[0]! : voteOver(bySample, { threshold: voteThreshold });
          return elected.filter(({ score = 1 }) => score >= threshold);
        });
      }
    },
    async *sample(documents, tagOptions = {}) {
      for await (const found of ask(documents, tagOptions)) {
        yield {
          samples: Array.from({ length: samples }, (_, at) =>
            withMentions(found, (bySample) => bySample[at]!),
          ),
          voted: withMentions(found, (bySample) => voteOver(bySample, { threshold: 0 })),
        };
      }
    },
    report() {
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

/** Mentions of one sentence, for each question that was asked about it (one, or one a type) and each of its samples. */
type Sampled = readonly (readonly (readonly Mention[])[])[];

interface FoundDocument {
  readonly document: Document;
  /** Of each passage. */
  readonly places: readonly (readonly Fragment[])[];
  readonly found: readonly (readonly Sampled[])[];
}

/** Documents are read until they hold as many sentences as the engine likes to have at once. */
async function* askAll(documents: AsyncIterable<Document>, run: Run): AsyncGenerator<FoundDocument> {
  const enough = sentencesAtOnce(run.options);
  let group: Omit<FoundDocument, "found">[] = [];
  let waiting = 0;
  for await (const document of documents) {
    const places = document.passages.map((passage) => sentencePlaces({ ...passage, mentions: [] }));
    group.push({ document, places });
    waiting += places.flat().length;
    if (waiting < enough) continue;
    yield* await askGroup(group, run);
    [group, waiting] = [[], 0];
  }
  yield* await askGroup(group, run);
}

async function askGroup(group: readonly Omit<FoundDocument, "found">[], run: Run): Promise<FoundDocument[]> {
  const texts = group.flatMap(({ document, places }) =>
    document.passages.flatMap(({ text }, at) => places[at]!.map(({ start, end }) => text.slice(start, end))),
  );
  run.count.sentences += texts.length;
  const sampled: Sampled[] = [];
  const most = sentencesAtOnce(run.options);
  for (let at = 0; at < texts.length; at += most) {
    sampled.push(...(await askAbout(texts.slice(at, at + most), run)));
  }
  const next = sampled.values();
  return group.map(({ document, places }) => {
    const found = places.map((passage) => passage.map(() => next.next().value!));
    return { document, places, found };
  });
}

async function askAbout(sentences: readonly string[], run: Run): Promise<Sampled[]> {
  const { perType = false, samples = 1 } = run.options;
  const passes = perType ? run.types.map((type) => [type]) : [run.types];
  const found: (readonly (readonly Mention[])[])[][] = sentences.map(() => []);
  for (const types of passes.filter(({ length }) => length > 0)) {
    const asked = sentences.flatMap((text) => {
      return Array.from({ length: samples }, (_, sample) => ({ text, sample }));
    });
    const replies = await repliesTo(asked, types, run);
    for (const [at, sentence] of found.entries()) {
      sentence.push(replies.slice(at * samples, (at + 1) * samples).map(({ mentions }) => mentions));
    }
  }
  return found;
}

/** The document with what is elected from the samples of each question, in text order. */
function withMentions(
  { document, places, found }: FoundDocument,
  elect: (bySample: readonly (readonly Mention[])[]) => readonly Mention[],
): Document {
  const passages = document.passages.map(({ text, kind }, at): Passage => {
    const mentions = places[at]!.flatMap(({ start }, sentence) =>
      sortMentions(found[at]![sentence]!.flatMap(elect)).map((mention) => plain(moved(mention, start))),
    );
    return { text, ...(kind !== undefined && { kind }), mentions };
  });
  const { id, separator } = document;
  return { id, ...(separator !== undefined && { separator }), passages };
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
