/** @file Files of texts and answers → aligned documents on stdout or in a file, and what became of all marks. */
import { join } from "node:path";
import type { OffsetUnit } from "../corpora/index.ts";
import { fileStem, writeCorpus } from "../corpora/index.ts";
import type { Document, Mention } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { parseList, styles, typesOf } from "../instructions/index.ts";
import type { StyleType } from "../instructions/index.ts";
import type { AlignedAnswer, AlignedMention, MarkStatus } from "../mentions/index.ts";
import { alignAnswer, alignList, alignments, markStatuses, noCounts, voteOver } from "../mentions/index.ts";
import type { Answers, SourceRow } from "./align-rows.ts";
import { pairRows, readAnswers, readSource } from "./align-rows.ts";
import type { alignStyles, alignTargets } from "./align.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { isFolder } from "./inputs.ts";
import { newIssues } from "./issues.ts";
import { writeWhole } from "./outputs.ts";
import { formatTable } from "./table.ts";

export interface AlignOptions {
  readonly style: (typeof alignStyles)[number];
  readonly types?: readonly string[] | undefined;
  readonly to: (typeof alignTargets)[number];
  readonly output?: string | undefined;
  readonly offsets?: OffsetUnit | undefined;
  readonly threshold?: number | undefined;
  readonly json?: true | undefined;
}

/** What one run counted. `marks` is the sum of `statuses`. */
export interface AlignSummary {
  inputs: number;
  answers: number;
  /** Inputs without an answer, and answers without an input. */
  missing: number;
  extra: number;
  marks: number;
  entities: number;
  readonly statuses: Record<MarkStatus, number>;
  /** Answers by how their copy relates to the text; of these, truncated ones. */
  readonly copies: Record<AlignedAnswer["copy"], number>;
  truncatedAnswers: number;
  nestedMarks: number;
  brokenMarks: number;
}

export async function alignInput(
  source: string,
  answers: string | undefined,
  options: AlignOptions,
  effects: Pick<Effects, "stdout" | "stderr" | "signal">,
): Promise<AlignSummary> {
  if (source === "-" && answers === "-") {
    throw new NeriumError("USAGE", "source and answers cannot both be stdin; name a file for one of them");
  }
  const summary = newSummary();
  const issues = newIssues();
  const found = await readAnswers(answers ?? source, answers !== undefined);
  const documents = alignAll(await readSource(source), found, options, { file: source, summary });
  const chunks = writeCorpus(options.to, documents, { offsets: options.offsets, onIssue: issues.add });
  const path = await destination(options, source);
  if (path !== undefined) await writeWhole(path, chunks, effects.signal);
  else for await (const chunk of chunks) await write(effects.stdout, chunk);
  await write(effects.stderr, issues.report());
  const text = options.json === true ? `${JSON.stringify(summary, undefined, 2)}\n` : summaryTable(summary);
  await write(options.json === true && path !== undefined ? effects.stdout : effects.stderr, text);
  return summary;
}

async function destination({ output, to }: AlignOptions, source: string): Promise<string | undefined> {
  if (output === undefined || output === "-") return undefined;
  return (await isFolder(output)) ? join(output, `${fileStem(source)}.${to}`) : output;
}

async function* alignAll(
  sources: readonly SourceRow[],
  found: Answers,
  options: AlignOptions,
  { file, summary }: { readonly file: string; readonly summary: AlignSummary },
): AsyncGenerator<Document> {
  const style = styles[options.style];
  const align = alignerOf(options);
  const used = new Set<string>();
  for (const { source, answers } of pairRows(sources, found, file)) {
    const { id, key, input } = source;
    used.add(key);
    const text = style.sentenceOf(input);
    const samples = answers.map((answer) => align(text, answer));
    for (const aligned of samples) addTo(summary, aligned);
    summary.inputs++;
    if (samples.length === 0) summary.missing++;
    const mentions = elected(samples, options);
    summary.entities += mentions.length;
    yield { id, passages: [{ text, mentions: mentions.map(asWritten) }] };
  }
  summary.extra = [...found.keys()].filter((key) => !used.has(key)).length;
}

function elected(samples: readonly AlignedAnswer[], { threshold }: AlignOptions): readonly AlignedMention[] {
  if (samples.length < 2) return samples[0]?.mentions ?? [];
  return voteOver(
    samples.map(({ mentions }) => mentions),
    { threshold },
  );
}

/** `alignment` and what the answer says become keys of the entity; its `text` is the text's own. */
function asWritten({ alignment, stated, ...mention }: AlignedMention): Mention {
  const { start, end, type, score } = mention;
  const keys = JSON.stringify({ alignment, ...(stated !== undefined && { answer: stated }) });
  return {
    start,
    end,
    type,
    ...(score !== undefined && { score }),
    carried: [{ format: "jsonl", lines: [keys] }],
  };
}

function alignerOf({ style, types }: AlignOptions): (text: string, answer: string) => AlignedAnswer {
  const named: readonly StyleType[] = typesOf(style, types ?? Object.keys(styles[style].typeNames));
  const markup = styles[style].markupOf?.(named);
  if (markup !== undefined) {
    const whole = types === undefined ? { ...markup, bare: "Entity" } : markup;
    return (text, answer) => alignAnswer(text, answer, whole);
  }
  const listTypes = types === undefined ? typesOf(style, ["Entity"]) : named;
  return (text, answer) => {
    const { listed, complete } = parseList(answer, listTypes);
    return alignList(text, listed, complete);
  };
}

function newSummary(): AlignSummary {
  const copies = Object.fromEntries([...alignments, "absent"].map((status) => [status, 0]));
  return {
    inputs: 0,
    answers: 0,
    missing: 0,
    extra: 0,
    marks: 0,
    entities: 0,
    statuses: noCounts(),
    copies: copies as AlignSummary["copies"],
    truncatedAnswers: 0,
    nestedMarks: 0,
    brokenMarks: 0,
  };
}

function addTo(summary: AlignSummary, aligned: AlignedAnswer): void {
  summary.answers++;
  summary.marks += aligned.marks;
  for (const status of markStatuses) summary.statuses[status] += aligned.counts[status];
  summary.copies[aligned.copy]++;
  summary.truncatedAnswers += aligned.truncated ? 1 : 0;
  summary.nestedMarks += aligned.nested;
  summary.brokenMarks += aligned.broken;
}

function summaryTable(summary: AlignSummary): string {
  const rows = markStatuses.map((status) => [status, summary.statuses[status]] as const);
  const shown = rows.filter(
    ([status, count]) => count > 0 || (alignments as readonly string[]).includes(status),
  );
  const share = (count: number): string =>
    summary.marks === 0 ? "-" : ((100 * count) / summary.marks).toFixed(2);
  const table = formatTable(
    [{ title: "status" }, { title: "marks", align: "right" }, { title: "%", align: "right" }],
    [...shown, ["all", summary.marks] as const].map(([status, count]) => [
      status,
      String(count),
      share(count),
    ]),
  );
  const { inputs, answers, missing, extra, entities, truncatedAnswers, copies } = summary;
  const altered = copies.edited + copies.absent;
  const notes = [
    `${inputs} inputs, ${answers} answers, ${entities} entities; ${altered} answers with another text, ${truncatedAnswers} cut short`,
    ...(missing > 0 ? [`inputs without an answer, written without entities: ${missing}`] : []),
    ...(extra > 0 ? [`answers without an input, left out: ${extra}`] : []),
  ];
  return table + notes.map((note) => `nerium: ${note}\n`).join("");
}
