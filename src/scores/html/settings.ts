/** @file The settings of the evaluation and what could not be compared → a table, and the command that repeats it. */
import type { CorpusReport, EvaluationReport, ReportSettings, SystemResult } from "../report-types.ts";
import type { Html } from "./markup.ts";
import { html } from "./markup.ts";
import { count, counted } from "./numbers.ts";
import { conventionWords } from "./words.ts";

export function settingsSection(report: EvaluationReport): Html {
  return html`<table class="settings">
      <caption>
        Settings
      </caption>
      <tbody>
        ${settingRows(report.settings).map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <h3>To repeat it</h3>
    <p class="note">
      With the same files and the same seed every number of this page comes out the same. Formats that a
      suffix does not tell (--format, --pred-format, --eval, --alternatives) are not recorded: add them where
      they were given.
    </p>
    <pre tabindex="0"><code>${commandLine(report)}</code></pre>
    ${filesTable(report)}`;
}

function settingRows(settings: ReportSettings): [string, Html | string][] {
  const { conventions, seed, resamples, confidence, map, types, train } = settings;
  const renamed = Object.entries(map).map(([from, to]) => `${from} → ${to === "" ? "(dropped)" : to}`);
  const resampling =
    resamples === 0
      ? "none: no intervals, no tests"
      : `${count(resamples)} resamples of documents; percentile intervals of ${100 * confidence} %`;
  return [
    [
      "Conventions",
      html`<ul>
        ${conventions.map((name) => html`<li><strong>${name}</strong>: ${conventionWords[name]}</li>`)}
      </ul>`,
    ],
    ["Intervals", resampling],
    [
      "Tests",
      "Paired approximate randomisation over documents, two-sided; Holm’s correction over types; significant below 0.05",
    ],
    ["Seed", String(seed)],
    ["Types", types === null ? "all" : types.join(", ")],
    ["Renamed gold types", renamed.length === 0 ? "none" : renamed.join(", ")],
    [
      "Training files",
      train.length === 0 ? "none given, so nothing is said about seen and unseen mentions" : train.join(", "),
    ],
  ];
}

/** In the words of `nerium evaluate`: the corpora's files with commas between, then each system's in the same order. */
export function commandLine({ settings, systems, corpora }: EvaluationReport): string {
  const { conventions, seed, resamples, map, types, train } = settings;
  const predicted = systems.map((_, system) => quoted(filesOf(corpora, system)));
  const isVersus = corpora.some(({ comparisons }) => comparisons.length > 0);
  const options: [string, readonly string[]][] = [
    ["--convention", [conventions.join(",")]],
    ["--map", Object.entries(map).map(([from, to]) => `${from}=${to}`)],
    ["--types", types === null ? [] : [types.join(",")]],
    ["--train", train],
    ["--seed", [String(seed)]],
    ["--resamples", resamples === 0 ? [] : [String(resamples)]],
    ["--report", ["report.html"]],
  ];
  return [
    `nerium evaluate ${quoted(corpora.map(({ file }) => file).join(","))}`,
    ...predicted.map((files, at) => (isVersus && at === 1 ? `--vs ${files}` : files)),
    ...options.flatMap(([flag, values]) => values.map((value) => `${flag} ${quoted(value)}`)),
    ...(resamples === 0 ? ["--no-intervals"] : []),
  ].join(" \\\n  ");
}

function filesOf(corpora: readonly CorpusReport[], system: number): string {
  const results = corpora.flatMap(({ results }) => results.filter((result) => result.system === system));
  return results.map(({ file }) => file).join(",");
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function filesTable({ corpora, systems }: EvaluationReport): Html {
  return html`<h3>Files, missing and extra documents</h3>
    <div class="scroll" role="region" tabindex="0" aria-label="Files">
      <table>
        <caption>
          What was compared; missing: gold documents without prediction, their mentions count as missed;
          extra: predicted documents that gold lacks, not scored
        </caption>
        <thead>
          <tr>
            <th scope="col">Corpus</th>
            <th scope="col">System</th>
            <th scope="col">File</th>
            <th scope="col">Missing</th>
            <th scope="col">Extra</th>
          </tr>
        </thead>
        <tbody>
          ${corpora.map((corpus) => html`${goldRow(corpus)}${corpus.results.map((result) => resultRow(corpus, result, systems))}`)}
        </tbody>
      </table>
    </div>`;
}

function goldRow({ name, file, documents, mentions }: CorpusReport): Html {
  return html`<tr>
    <th scope="row"><bdi>${name}</bdi></th>
    <td>gold</td>
    <td><code>${file}</code></td>
    <td colspan="2">${counted(documents.length, "document")}, ${counted(mentions, "mention")}</td>
  </tr>`;
}

function resultRow(
  { name }: CorpusReport,
  { system, file, missing, extra }: SystemResult,
  systems: readonly string[],
): Html {
  return html`<tr>
    <th scope="row"><bdi>${name}</bdi></th>
    <td><bdi>${systems[system]}</bdi></td>
    <td><code>${file}</code></td>
    <td>${idList(missing)}</td>
    <td>${idList(extra)}</td>
  </tr>`;
}

function idList(ids: readonly string[]): Html {
  if (ids.length === 0) return html`none`;
  return html`<details>
    <summary>${counted(ids.length, "document")}</summary>
    <bdi>${ids.join(", ")}</bdi>
  </details>`;
}
