/** @file Each system's F1 in large figures: micro on a single corpus, the mean over several; and the difference, seen from the better one. */
import type { EvaluationReport } from "../report-types.ts";
import { marker, seriesClass } from "./interval-plot.ts";
import { turned } from "./lead.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { counted, interval, isSignificant, percent, pValue, signed } from "./numbers.ts";

/** More would be a table, and there is one. */
const mostTiles = 6;

export function tiles(report: EvaluationReport): Html {
  const { systems, corpora, means } = report;
  if (systems.length > mostTiles) return nothing;
  const own = systems.map((name, system) => {
    const facts =
      corpora.length > 1
        ? meanFacts(means.find((mean) => mean.system === system))
        : scoreFacts(report, system);
    return html`<div class="tile ${seriesClass(system)}">
      <dt>
        <svg class="${seriesClass(system)}" width="16" height="14" viewBox="-8 -7 16 14" aria-hidden="true">
          ${marker(system, 0, 0)}
        </svg>
        <bdi>${name}</bdi>
      </dt>
      ${facts}
    </div>`;
  });
  return html`<dl class="tiles">${own}${corpora.length === 1 ? differenceTile(report) : nothing}</dl>`;
}

function scoreFacts({ corpora }: EvaluationReport, system: number): Html {
  const scores = corpora[0]?.results.find((result) => result.system === system)?.conventions[0];
  if (scores === undefined) return html`<dd class="quiet">no result</dd>`;
  const { precision, recall, f1 } = scores.micro;
  return html`<dd>
      <span class="big">${percent(f1.value)}</span> F1 <span class="interval">${interval(f1)}</span>
    </dd>
    <dd class="quiet">precision ${percent(precision.value)}, recall ${percent(recall.value)}</dd>`;
}

function meanFacts(mean: EvaluationReport["means"][number] | undefined): Html {
  if (mean === undefined) return html`<dd class="quiet">no result</dd>`;
  return html`<dd><span class="big">${percent(mean.f1)}</span> mean F1</dd>
    <dd class="quiet">of ${counted(mean.corpora, "corpus", "corpora")}</dd>`;
}

function differenceTile({ corpora, systems }: EvaluationReport): Html {
  const comparison = corpora[0]?.comparisons[0];
  const f1 = comparison?.rows.find(({ kind }) => kind === "micro")?.f1;
  if (comparison === undefined || f1 === undefined) return nothing;
  const isTurned = f1.value < 0;
  const [better, worse] = isTurned ? [comparison.b, comparison.a] : [comparison.a, comparison.b];
  const difference = turned(f1, isTurned ? -1 : 1);
  const significance =
    f1.p === undefined
      ? "not tested"
      : `${isSignificant(f1) ? "significant" : "not significant"}, ${pValue(f1.p)}`;
  return html`<div class="tile">
    <dt><bdi>${systems[better]}</bdi> minus <bdi>${systems[worse]}</bdi></dt>
    <dd>
      <span class="big">${signed(difference.value)}</span> F1
      <span class="interval">${interval(difference, signed)}</span>
    </dd>
    <dd class="quiet">${significance}</dd>
  </div>`;
}
