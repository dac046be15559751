/** @file The controls above the documents: which system, errors, type, corpus and words, in which order. */
import type { EvaluationReport } from "../report-types.ts";
import { errorClasses } from "../verdicts.ts";
import { legend } from "./documents.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { classWords } from "./words.ts";

export function filters(report: EvaluationReport): Html {
  const { systems, corpora } = report;
  const types = [...new Set(corpora.flatMap(({ types }) => types))].sort();
  const errors = errorClasses.filter((name) => name !== "correct");
  return html`<form id="filters" role="search" aria-label="Filter the documents" hidden>
      <fieldset>
        <legend>Errors</legend>
        ${errors.map(
          (name) =>
            html`<label
              ><input type="checkbox" name="class" value="${name}" checked />
              <span class="chip e-${name}">${classWords[name].symbol}</span> ${classWords[name].name}</label
            >`,
        )}
      </fieldset>
      <div class="row">
        ${systems.length < 2 ? nothing : systemChoice(systems)}
        ${
          types.length < 2
            ? nothing
            : choice(
                "type",
                "Type",
                "all types",
                types.map((type) => [type, type]),
              )
        }
        ${
          corpora.length < 2
            ? nothing
            : choice(
                "corpus",
                "Corpus",
                "all corpora",
                corpora.map(({ name }, at) => [String(at), name]),
              )
        }
        <label
          >Order
          <select name="order">
            <option value="errors">most errors first</option>
            <option value="file">as in the file</option>
          </select></label
        >
        <label
          >Text <input type="search" name="text" placeholder="words or document id" autocomplete="off"
        /></label>
        <label><input type="checkbox" name="clean" /> also documents without such errors</label>
        <button type="reset">Reset</button>
      </div>
      <p id="shown" role="status"></p>
    </form>
    <p class="keys" id="keys" hidden>
      <kbd>j</kbd> <kbd>k</kbd> next and previous error · <kbd>Shift</kbd>+<kbd>j</kbd> <kbd>k</kbd> next and
      previous document · <kbd>/</kbd> search · <kbd>Esc</kbd> leaves the error
    </p>
    <details class="how">
      <summary>How to read the marks</summary>
      ${legend()}
      <p class="note">
        Colour and the small word behind a mention are its type. A box that is open at a side goes on
        elsewhere: in the next part of a mention with a gap (⋯), or across another mention. Where both systems
        are shown, symbols at a gold mention are the verdicts on each system in their order.
      </p>
    </details>`;
}

function systemChoice(systems: readonly string[]): Html {
  const own = systems.map((name, at) => html`<option value="${at}">${name}</option>`);
  const alone = systems.map(
    (name, at) => html`<option value="alone-${at}">only ${name} gets it wrong</option>`,
  );
  return html`<label
      >System
      <select name="system">
        <option value="all">all, side by side</option>
        ${own}
      </select></label
    >
    <label
      >Gold mentions
      <select name="alone">
        <option value="">all</option>
        ${alone}
      </select></label
    >`;
}

function choice(
  name: string,
  label: string,
  all: string,
  options: readonly (readonly [string, string])[],
): Html {
  return html`<label
    >${label}
    <select name="${name}">
      <option value="">${all}</option>
      ${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select></label
  >`;
}
