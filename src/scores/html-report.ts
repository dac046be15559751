/** @file An evaluation report → one self-contained HTML page: no address but its own parts, no text that is not escaped. */
import { createHash } from "node:crypto";
import { confusionSection } from "./html/confusion.ts";
import { differenceSection } from "./html/difference.ts";
import { documentStyle } from "./html/document-style.ts";
import { documentList, wordsForScript } from "./html/documents.ts";
import { errorSection } from "./html/error-plots.ts";
import { filters } from "./html/filters.ts";
import { findings } from "./html/findings.ts";
import { lead } from "./html/lead.ts";
import type { Html } from "./html/markup.ts";
import { html, nothing, trusted } from "./html/markup.ts";
import { matrixTable } from "./html/matrix.ts";
import { reliabilitySection } from "./html/reliability.ts";
import { conventionTable, forestPlot, scoreTable } from "./html/score-tables.ts";
import { pageScript } from "./html/script.ts";
import { settingsSection } from "./html/settings.ts";
import { strataSection } from "./html/strata.ts";
import { pageStyle } from "./html/style.ts";
import { tiles } from "./html/tiles.ts";
import { listed } from "./html/words.ts";
import type { CorpusReport, EvaluationReport } from "./report-types.ts";

export function renderReport(report: EvaluationReport): string {
  const style = pageStyle + documentStyle;
  const title = titleOf(report);
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(pageScript)}'; base-uri 'none'; form-action 'none'`;
  const types = new Set(report.corpora.flatMap(({ types }) => types));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${element("style", style)}
</head>
<body${types.size > 1 ? nothing : html` class="one-type"`}>
${pageHeader(report, title)}
<main id="main">
${
  report.corpora.length < 2
    ? nothing
    : html`<section id="matrix" aria-labelledby="matrix-title">
        <h2 id="matrix-title">All corpora</h2>
        ${matrixTable(report)}
      </section>`
}
${report.corpora.map((corpus, at) => corpusSections(corpus, at, report))}
<section id="texts" class="wide" aria-labelledby="texts-title"><h2 id="texts-title">Documents</h2>
${filters(report)}
${documentList(report)}
<div id="inspector" role="region" aria-label="The chosen mark" hidden><div id="told" aria-live="polite"></div><div class="buttons"><button type="button" id="previous" title="k">◀ previous</button><button type="button" id="next" title="j">next ▶</button></div></div>
</section>
<section id="settings" aria-labelledby="settings-title"><h2 id="settings-title">Settings, and how to repeat it</h2>${settingsSection(report)}</section>
</main>
<footer><p>Made by <code>nerium evaluate</code>. This file needs nothing but itself; <code>--json</code> prints the same facts.</p></footer>
<script type="application/json" id="words">${trusted(wordsForScript())}</script>
${element("script", pageScript)}
</body>
</html>
`.markup;
}

/** Written in one piece: any space that a formatter added would change the hash. */
function element(name: "style" | "script", content: string): Html {
  return trusted(`<${name}>${content}</${name}>`);
}

function titleOf({ systems, corpora }: EvaluationReport): string {
  const names = corpora.map(({ name }) => name);
  const where = names.length > 3 ? `${names.length} corpora` : listed(names);
  return `${systems.length > 3 ? `${systems.length} systems` : listed(systems)} on ${where}`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function pageHeader(report: EvaluationReport, title: string): Html {
  return html`<header>
    <a class="skip" href="#texts">To the documents</a>
    <p class="overline">Named-entity recognition, evaluated by Nerium</p>
    <h1><bdi>${title}</bdi></h1>
    ${lead(report)} ${tiles(report)}
    ${report.corpora.length === 1 ? findings(report.corpora[0]!, report.systems) : nothing}
    <nav aria-label="Contents">
      <ul>
        ${contents(report).map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
      </ul>
    </nav>
  </header>`;
}

function contents({ corpora }: EvaluationReport): [string, string][] {
  if (corpora.length === 1) {
    const parts = partsOf(corpora[0]!).map(([id, name]): [string, string] => [`c0-${id}`, name]);
    return [...parts, ["texts", "Documents"], ["settings", "Settings"]];
  }
  const sections = corpora.map(({ name }, at): [string, string] => [`c${at}`, name]);
  return [["matrix", "All corpora"], ...sections, ["texts", "Documents"], ["settings", "Settings"]];
}

/** What there is to show on a corpus: identifier and title of each part. */
function partsOf({ comparisons, results }: CorpusReport): [string, string][] {
  return [
    ["scores", "Scores"],
    ...(comparisons.length === 0 ? [] : [["difference", "Difference"] satisfies [string, string]]),
    ["errors", "Errors"],
    ["confusion", "Confusion of types"],
    ["strata", "Kinds of mentions"],
    ...(results.every(({ calibration }) => calibration === undefined)
      ? []
      : [["reliability", "Reliability of scores"] satisfies [string, string]]),
  ];
}

function corpusSections(corpus: CorpusReport, at: number, report: EvaluationReport): Html {
  const isOnly = report.corpora.length === 1;
  const parts = partsOf(corpus).map(([id, name]) => {
    const heading = isOnly
      ? html`<h2 id="c${at}-${id}">${name}</h2>`
      : html`<h3 id="c${at}-${id}">${name}</h3>`;
    return html`<section aria-labelledby="c${at}-${id}">${heading}${part(id, corpus, at, report)}</section>`;
  });
  if (isOnly) return html`${parts}`;
  return html`<section id="c${at}" aria-labelledby="c${at}-title">
    <h2 id="c${at}-title"><bdi>${corpus.name}</bdi></h2>
    ${findings(corpus, report.systems)}${parts}
  </section>`;
}

function part(id: string, corpus: CorpusReport, at: number, report: EvaluationReport): Html {
  const { systems } = report;
  if (id === "scores") return scoresPart(corpus, report);
  if (id === "difference") return differencePart(corpus, systems);
  if (id === "errors") return errorSection(corpus, at, systems);
  if (id === "confusion") return confusionSection(corpus, systems);
  if (id === "strata") return strataSection(corpus, systems);
  return reliabilitySection(corpus, systems);
}

function scoresPart(corpus: CorpusReport, { systems, settings }: EvaluationReport): Html {
  const [first, ...others] = settings.conventions;
  if (first === undefined) return nothing;
  return html`${forestPlot(corpus, systems, first)} ${scoreTable(corpus, systems, first)}
  ${others.length === 0 ? nothing : conventionTable(corpus, systems, settings.conventions)}
  ${others.map(
    (convention) =>
      html`<details>
        <summary>Every type under “${convention}”</summary>
        ${scoreTable(corpus, systems, convention)}
      </details>`,
  )}`;
}

function differencePart({ comparisons, name }: CorpusReport, systems: readonly string[]): Html {
  const [first, ...others] = comparisons;
  if (first === undefined) return nothing;
  return html`${differenceSection(first, systems, name)}
  ${others.map(
    (comparison) =>
      html`<details>
        <summary>The difference under “${comparison.convention}”</summary>
        ${differenceSection(comparison, systems, name)}
      </details>`,
  )}`;
}
