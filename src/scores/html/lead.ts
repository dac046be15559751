/** @file The report's numbers → its first sentences: which system is better, by how much, and is that significant. */
import type {
  CorpusReport,
  EvaluationReport,
  Estimate,
  SystemComparison,
  SystemResult,
} from "../report-types.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import {
  counted,
  estimate,
  interval,
  isSignificant,
  pNumber,
  pValue,
  percent,
  signed,
  space,
} from "./numbers.ts";
import { listed } from "./words.ts";

/** One paragraph for each corpus; before them, one that counts who is better on how many. */
export function lead(report: EvaluationReport): Html {
  const { corpora, systems, settings } = report;
  const [first] = settings.conventions;
  return html`${overall(report)}${corpora.map((corpus) => {
    const comparison = corpus.comparisons.find(({ convention }) => convention === first);
    if (comparison !== undefined) return comparisonLead(comparison, corpus, systems);
    return corpus.results.length === 1
      ? singleLead(corpus.results[0]!, corpus, systems)
      : rankingLead(corpus, systems);
  })}`;
}

/** Only for several corpora, all of them compared. */
function overall({ corpora, systems, settings, means }: EvaluationReport): Html {
  const rows = corpora.flatMap(({ comparisons }) =>
    comparisons
      .filter(({ convention }) => convention === settings.conventions[0])
      .flatMap(({ a, b, rows }) =>
        rows.filter(({ kind }) => kind === "micro").map(({ f1 }) => ({ a, b, f1 })),
      ),
  );
  const [first] = rows;
  if (corpora.length < 2 || first === undefined) return nothing;
  const wins = (system: number, sign: number): Html => {
    const own = rows.filter(({ f1 }) => Math.sign(f1.value) === sign);
    const significant = own.filter(({ f1 }) => isSignificant(f1)).length;
    return html`<bdi>${systems[system]}</bdi> is ahead on ${own.length} of
      ${counted(corpora.length, "corpus", "corpora")} (significantly on ${significant})`;
  };
  const mean = (system: number): string => percent(means.find((mean) => mean.system === system)?.f1 ?? 0);
  return html`<p class="lead">
    <strong>${wins(first.a, 1)}, ${wins(first.b, -1)}</strong>; their mean F1 is ${mean(first.a)} and
    ${mean(first.b)}.
  </p>`;
}

function comparisonLead(
  comparison: SystemComparison,
  corpus: CorpusReport,
  systems: readonly string[],
): Html {
  const micro = comparison.rows.find(({ kind }) => kind === "micro");
  if (micro === undefined) return html`<p class="lead">${comparison.sentence}</p>`;
  const turn = micro.f1.value < 0 ? -1 : 1;
  const [winner, loser] = turn > 0 ? [comparison.a, comparison.b] : [comparison.b, comparison.a];
  const difference = turned(micro.f1, turn);
  const details = [interval(difference, signed), micro.f1.p === undefined ? "" : `, ${pValue(micro.f1.p)}`];
  const by =
    `${signed(difference.value).replace("+", "")} points of F1 on ${corpus.name} ${details.join("")}`.trim();
  const [better, worse] = [systems[winner]!, systems[loser]!];
  const scores = html`${f1Of(corpus, winner)} against ${f1Of(corpus, loser)} (${comparison.convention})`;
  const verdict =
    micro.f1.value === 0
      ? html`<strong><bdi>${better}</bdi> and <bdi>${worse}</bdi> are equally good on ${corpus.name}</strong>`
      : isSignificant(micro.f1)
        ? html`<strong><bdi>${better}</bdi> beats <bdi>${worse}</bdi> by ${by}</strong>`
        : html`<strong><bdi>${better}</bdi> is ahead of <bdi>${worse}</bdi> by ${by}</strong
            >${micro.f1.p === undefined ? nothing : html`, but that may be chance`}`;
  const rates = `Its precision is ${higher(turned(micro.precision, turn))}, its recall ${higher(turned(micro.recall, turn))}.`;
  return html`<p class="lead">
    ${verdict}: ${scores}. ${chance(micro.f1, corpus)} ${micro.f1.value === 0 ? nothing : rates}
    ${typeSentence(comparison, corpus, systems)}
  </p>`;
}

/** "3.5 points higher [+1.5, +5.4]". */
function higher(difference: Estimate): string {
  const points = signed(Math.abs(difference.value)).replace("+", "");
  if (points === "0.0") return "the same";
  return `${points} points ${difference.value > 0 ? "higher" : "lower"} ${interval(difference, signed)}`.trim();
}

/** Seen from the better system. */
export function turned({ value, low, high }: Estimate, turn: number): Estimate {
  if (turn > 0 || low === undefined || high === undefined)
    return { value: turn * value, ...(low === undefined || high === undefined ? {} : { low, high }) };
  return { value: -value, low: -high, high: -low };
}

function f1Of({ results }: CorpusReport, system: number): string {
  const scores = results.find((result) => result.system === system)?.conventions[0];
  return scores === undefined ? "–" : percent(scores.micro.f1.value);
}

function chance({ p, value }: { p?: number; value: number }, { documents }: CorpusReport): string {
  if (value === 0) return "";
  if (p === undefined) return "Whether that is chance was not tested (no resamples).";
  const share = p < 0.001 ? "less than 0.1\u{A0}%" : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)}${space}%`;
  const cases = `equally good systems would differ as much in ${share} of cases`;
  return isSignificant({ p })
    ? `The difference is significant at the level of 5\u{A0}%: ${cases}.`
    : `The difference is not significant at the level of 5\u{A0}%: ${cases}, so these ${counted(documents.length, "document")} do not tell the two apart.`;
}

/** Types whose difference is significant after correction. */
function typeSentence(
  { rows, a, b }: SystemComparison,
  { types }: CorpusReport,
  systems: readonly string[],
): Html {
  const significant = rows.filter(({ kind, f1 }) => kind === "type" && isSignificant(f1) && f1.value !== 0);
  if (types.length < 2 || rows[0]?.f1.p === undefined) return nothing;
  if (significant.length === 0) return html`By itself, no type differs significantly (Holm’s correction).`;
  const named = (system: number, sign: number): Html => {
    const own = significant.filter(({ f1 }) => Math.sign(f1.value) === sign);
    if (own.length === 0) return nothing;
    const list = own.map(
      ({ name, f1 }) => `${name} (${signed(Math.abs(f1.value))}, p ${withSign(f1.corrected ?? 1)})`,
    );
    return html` <bdi>${systems[system]}</bdi> is significantly better on <bdi>${listed(list)}</bdi>.`;
  };
  return html`After Holm’s correction over the types:${named(a, 1)}${named(b, -1)}`;
}

function withSign(p: number): string {
  const text = pNumber(p);
  return text.startsWith("<") ? text : `= ${text}`;
}

function singleLead(
  { system, conventions }: SystemResult,
  corpus: CorpusReport,
  systems: readonly string[],
): Html {
  const scores = conventions[0];
  if (scores === undefined) return nothing;
  const { precision, recall, f1 } = scores.micro;
  return html`<p class="lead">
    <strong><bdi>${systems[system]}</bdi> reaches ${estimate(f1)} F1 on ${corpus.name}</strong>
    (${scores.convention}, percent). It finds ${percent(recall.value)}${space}% of the
    ${counted(scores.micro.support, "gold mention")} in ${counted(corpus.documents.length, "document")}, and
    ${percent(precision.value)}${space}% of the mentions that it predicts are right.
  </p>`;
}

function rankingLead({ name, results }: CorpusReport, systems: readonly string[]): Html {
  const ranked = results
    .flatMap(({ system, conventions }) =>
      conventions.slice(0, 1).map(({ micro, convention }) => ({ system, f1: micro.f1, convention })),
    )
    .sort((a, b) => b.f1.value - a.f1.value);
  const [best] = ranked;
  if (best === undefined) return nothing;
  const others = ranked.slice(1).map(({ system, f1 }) => `${systems[system]} ${estimate(f1)}`);
  return html`<p class="lead">
    <strong><bdi>${systems[best.system]}</bdi> has the highest F1 on ${name}: ${estimate(best.f1)}</strong>
    (${best.convention}, percent), before ${listed(others)}. Intervals say how far each value can be trusted,
    not whether a difference is significant: compare two systems with <code>--vs</code> for that.
  </p>`;
}
