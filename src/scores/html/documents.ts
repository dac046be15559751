/** @file The documents of all corpora → articles with gold and predicted mentions side by side, most errors first. */
import type {
  CorpusReport,
  DocumentReport,
  EvaluationReport,
  GoldMentionReport,
  PredictedMentionReport,
  ReportMention,
  ReportVerdict,
} from "../report-types.ts";
import { errorClasses } from "../verdicts.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import type { TextMark } from "./marked-text.ts";
import { markedText } from "./marked-text.ts";
import { count, counted } from "./numbers.ts";
import { classWords, extentWords, shortened } from "./words.ts";

/** Browsers stay quick with some thousand; `--json` has all. */
const mostDocuments = 3000;

interface Place {
  readonly corpus: CorpusReport;
  readonly corpusAt: number;
  readonly systems: readonly string[];
  /** Of all corpora: a type has one colour on the whole page. */
  readonly types: readonly string[];
}

export function documentList({ corpora, systems }: EvaluationReport): Html {
  const types = [...new Set(corpora.flatMap((corpus) => corpus.types))].sort();
  const documents = corpora.flatMap((corpus, corpusAt) =>
    corpus.documents.map((document, at) => ({
      corpus,
      corpusAt,
      systems,
      types,
      document,
      at,
      errors: errorsOf(document),
    })),
  );
  documents.sort((a, b) => b.errors - a.errors);
  const shown = documents.slice(0, mostDocuments);
  const left = documents.length - shown.length;
  return html`${left === 0 ? nothing : html`<p class="warning">The ${count(mostDocuments)} documents with the most errors are shown; ${count(left)} more are in the output of <code>--json</code>.</p>`}
    <div id="documents">${shown.map(({ document, at, ...place }) => article(document, at, place))}</div>`;
}

/** Pairs count once; spurious predictions count with their own system. */
function errorsOf({ gold, predicted }: DocumentReport): number {
  const wrong = gold.flatMap(({ verdicts }) => verdicts.filter((verdict) => verdict.class !== "correct"));
  const spurious = predicted.flatMap((list) =>
    (list ?? []).filter(({ verdict }) => verdict.class === "spurious"),
  );
  return wrong.length + spurious.length;
}

function article(document: DocumentReport, at: number, place: Place): Html {
  const { corpus, corpusAt, systems } = place;
  const lanes = corpus.results.map(({ system }, result) => {
    const tally = tallyOf(document, result);
    return html`<section class="lane" data-l="${system}">
      <h4><bdi>${systems[system]}</bdi> <span class="tally">${tally}</span></h4>
      ${predictedText(document, result, place)}
    </section>`;
  });
  return html`<article class="doc" id="c${corpusAt}-d${at}" data-c="${corpusAt}" data-n="${at}" tabindex="-1">
    <header>
      <h3><bdi>${document.id}</bdi></h3>
      <p class="tally">${corpus.name}, ${counted(document.gold.length, "gold mention")}</p>
    </header>
    <div class="lanes">
      <section class="lane" data-l="gold">
        <h4>Gold</h4>
        <bdi class="text">${goldText(document, place)}</bdi>
      </section>
      ${lanes}
    </div>
  </article> `;
}

/** "5 errors: − 2, ↔ 3". */
function tallyOf({ gold, predicted }: DocumentReport, result: number): string {
  const list = predicted[result];
  const classes = [
    ...gold.map(({ verdicts }) => verdicts[result]?.class),
    ...(list ?? []).filter(({ verdict }) => verdict.class === "spurious").map(({ verdict }) => verdict.class),
  ];
  const counts = errorClasses
    .filter((name) => name !== "correct")
    .map((name) => ({ name, count: classes.filter((found) => found === name).length }))
    .filter(({ count }) => count > 0);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return "no errors";
  return `${counted(total, "error")}: ${counts.map(({ name, count }) => `${classWords[name].symbol} ${count}`).join(", ")}`;
}

function goldText(document: DocumentReport, { corpus, systems, types }: Place): Html {
  const marks = document.gold.map((mention, at) => {
    const verdicts = systems.map((_, system) => {
      const result = corpus.results.findIndex((result) => result.system === system);
      return mention.verdicts[result];
    });
    return textMark(mention, `g${at}`, verdicts, types);
  });
  return markedText(document.text, marks);
}

function predictedText(document: DocumentReport, result: number, { corpus, types }: Place): Html {
  const list = document.predicted[result];
  if (list === null || list === undefined) {
    return html`<p class="absent">No prediction for this document.</p>`;
  }
  const { system } = corpus.results[result]!;
  const marks = list.map((mention, at) => textMark(mention, `${system}-${at}`, [mention.verdict], types));
  return html`<bdi class="text">${markedText(document.text, marks)}</bdi>`;
}

type AnyMention = ReportMention | GoldMentionReport | PredictedMentionReport;

/** data-k: its name in the document; data-v: one verdict for each system, "-" where there is none; data-p: partners. */
function textMark(
  mention: AnyMention,
  key: string,
  verdicts: readonly (ReportVerdict | undefined)[],
  types: readonly string[],
): TextMark {
  const known = verdicts.filter((verdict) => verdict !== undefined);
  const words = verdicts.map((verdict) => (verdict === undefined ? "-" : verdictWord(verdict)));
  const partners = verdicts.map((verdict) => verdict?.partner ?? "-");
  const symbols = known.map((verdict) => classWords[verdict.class].symbol).join("");
  const isError = known.some((verdict) => verdict.class !== "correct");
  const label = shortened(mention.type, 14);
  return {
    parts: mention.fragments ?? [mention],
    classes: `t${Math.max(0, types.indexOf(mention.type)) % 12} v-${known[0]?.class ?? "correct"}`,
    every: html` data-k="${key}" data-t="${label}"`,
    first: html` data-o="${mention.start}" data-v="${words.join(" ")}"
    data-p="${partners.join(" ")}"${isError ? html` tabindex="-1" data-g="${symbols}"` : nothing}${label === mention.type ? nothing : html` data-type="${mention.type}"`}${mention.ids === undefined ? nothing : html` data-i="${mention.ids.join(", ")}"`}${mention.score === undefined ? nothing : html` data-s="${mention.score.toFixed(3)}"`}`,
  };
}

function verdictWord(verdict: ReportVerdict): string {
  return verdict.extent === undefined ? verdict.class : `${verdict.class}/${verdict.extent}`;
}

/** What the marks mean; also read by the script for its sentences. */
export function legend(): Html {
  return html`<dl class="legend">
    ${errorClasses.map(
      (name) =>
        html`<div>
          <dt><span class="sample v-${name}">${classWords[name].name}</span></dt>
          <dd>${classWords[name].meaning}</dd>
        </div>`,
    )}
  </dl>`;
}

/** The sentences' words, as JSON for the script: `<` is escaped, though nothing here was read. */
export function wordsForScript(): string {
  const names = Object.fromEntries(errorClasses.map((name) => [name, classWords[name].name]));
  return JSON.stringify({ ...names, ...extentWords }).replaceAll("<", "\\u003c");
}
