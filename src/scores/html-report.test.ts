/** @file The page as text: what its first sentences say, that it is whole and closed, and that no text becomes markup. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import { commandLine } from "./html/settings.ts";
import { renderReport } from "./html-report.ts";
import type { EvaluationReport } from "./report-types.ts";
import { evaluate } from "./report.ts";

const text = "Aspirin and ibuprofen cause headache";
const aspirin = { start: 0, end: 7, type: "Chemical" };
const ibuprofen = { start: 12, end: 21, type: "Chemical" };
const headache = { start: 28, end: 36, type: "Disease" };
const all = [aspirin, ibuprofen, headache];

function documents(count: number, mentions: readonly Mention[]): Document[] {
  return Array.from({ length: count }, (_, at) => ({ id: `d${at}`, passages: [{ text, mentions }] }));
}

interface Setting {
  readonly a?: readonly Mention[];
  readonly b?: readonly Mention[];
  readonly count?: number;
  readonly resamples?: number;
  readonly names?: readonly string[];
  readonly compare?: boolean;
  readonly corpora?: readonly string[];
}

function report({
  a = all,
  b,
  count = 12,
  resamples = 40,
  names = ["large", "small"],
  ...rest
}: Setting): EvaluationReport {
  const { compare = b !== undefined, corpora = ["toy"] } = rest;
  const predictions = [a, ...(b === undefined ? [] : [b])].map((mentions, at) => ({
    file: `${at}.jsonl`,
    documents: documents(count, mentions),
  }));
  const inputs = corpora.map((name) => ({
    name,
    file: `${name}.jsonl`,
    documents: documents(count, all),
    predictions,
  }));
  return evaluate(names.slice(0, predictions.length), inputs, {
    seed: 1,
    resamples,
    compare,
    conventions: ["strict", "partial"],
  });
}

function hashOf(content: string): string {
  return createHash("sha256").update(content).digest("base64");
}

/** What a reader sees, in one line. */
function wordsOf(page: string): string {
  const body = page.slice(page.indexOf("<body"), page.indexOf('<script type="application/json"'));
  const bare = body
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
  return bare.replaceAll(/\s+/g, " ");
}

describe("the first sentences", () => {
  it("say who is better, by how much, and that it is significant", () => {
    const words = wordsOf(renderReport(report({ a: [aspirin, ibuprofen], b: all, resamples: 200 })));
    expect(words).toContain("small beats large by 20.0 points of F1 on toy [+20.0, +20.0], p = 0.005");
    expect(words).toContain("100.0 against 80.0 (strict)");
    expect(words).toContain("The difference is significant");
    expect(words).toContain("Its precision is the same, its recall 33.3 points higher");
    expect(words).toContain("small is significantly better on Disease");
  });

  it("say that a lead may be chance", () => {
    const words = wordsOf(renderReport(report({ a: all, b: [aspirin, ibuprofen], count: 2 })));
    expect(words).toContain("large is ahead of small by 20.0 points of F1 on toy");
    expect(words).toContain("but that may be chance");
    expect(words).toContain("so these 2 documents do not tell the two apart");
  });

  it("say that two systems are equal", () => {
    expect(wordsOf(renderReport(report({ b: all })))).toContain("large and small are equally good on toy");
  });

  it("say what one system finds, and where it fails", () => {
    const words = wordsOf(renderReport(report({ a: [aspirin, { ...ibuprofen, end: 17 }] })));
    expect(words).toContain("large reaches 40.0 [40.0, 40.0] F1 on toy");
    expect(words).toContain("It finds 33.3 % of the 36 gold mentions in 12 documents");
    expect(words).toContain("24 errors: 50 % wrong boundaries (12) and 50 % missed (12).");
    expect(words).toContain("Wrong boundaries are mostly too short (12 of 12).");
    expect(words).toContain("Never predicted: Disease.");
  });

  it("rank systems that were not tested against each other", () => {
    const words = wordsOf(renderReport(report({ a: [aspirin], b: all, compare: false, resamples: 0 })));
    expect(words).toContain("small has the highest F1 on toy: 100.0 (strict, percent), before large 50.0");
    expect(words).not.toContain("significant at");
  });

  it("do without tests where nothing was resampled", () => {
    const words = wordsOf(renderReport(report({ a: [aspirin], b: all, resamples: 0 })));
    expect(words).toContain("small is ahead of large by 50.0 points of F1 on toy: 100.0 against 50.0");
    expect(words).toContain("Whether that is chance was not tested");
  });
});

describe("the page", () => {
  it("allows by its policy exactly its own style sheet and script", () => {
    const page = renderReport(report({ b: [aspirin] }));
    const [, style] = /<style>([^]*?)<\/style>/.exec(page)!;
    const [, script] = /<script>([^]*?)<\/script>/.exec(page)!;
    expect(page.replaceAll("&#39;", "")).toContain(
      `style-src sha256-${hashOf(style!)}; script-src sha256-${hashOf(script!)}`,
    );
    expect(page).toContain("default-src &#39;none&#39;");
  });

  it("has no address, no inline handler and no style attribute", () => {
    const page = renderReport(report({ b: [aspirin], corpora: ["toy", "toy2"] }));
    expect(page).not.toMatch(/https?:|\/\/[a-z]|url\(|@import/i);
    expect(page).not.toMatch(/<[^>]*\s(?:on\w+|style|src)=/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, target]) => target!.startsWith("#"))).toBe(true);
  });

  it("has every id once, and a target for each link", () => {
    const page = renderReport(report({ a: [aspirin], b: all, corpora: ["toy", "toy2"] }));
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });

  it("escapes hostile texts, names and types", () => {
    const hostile = `</script><img src=x onerror="alert(1)">`;
    const gold = [
      { id: hostile, passages: [{ text: hostile, mentions: [{ start: 2, end: 9, type: hostile }] }] },
    ];
    const page = renderReport(
      evaluate(
        [hostile],
        [{ name: hostile, file: hostile, documents: gold, predictions: [{ file: hostile, documents: [] }] }],
        {
          seed: 1,
          resamples: 0,
          conventions: ["strict"],
          map: { [hostile]: hostile },
        },
      ),
    );
    expect(page).not.toContain("<img");
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  it("shows a matrix with means for several corpora", () => {
    const words = wordsOf(renderReport(report({ b: [aspirin], corpora: ["toy", "toy2"] })));
    expect(words).toContain("Micro F1 (strict) of every system on every corpus");
    expect(words).toContain(
      "large is ahead on 2 of 2 corpora (significantly on 2), small is ahead on 0 of 2 corpora (significantly on 0); their mean F1 is 100.0 and 50.0.",
    );
    expect(words).toMatch(/Mean 100\.0 2 corpora 50\.0 2 corpora/);
  });

  it("is the same for the same report", () => {
    expect(renderReport(report({ b: [aspirin] }))).toBe(renderReport(report({ b: [aspirin] })));
  });

  it("holds documents without mentions, predictions or errors", () => {
    const empty = [{ id: "e", passages: [{ text: "", mentions: [] }] }];
    const input = {
      name: "empty",
      file: "e",
      documents: empty,
      predictions: [{ file: "p", documents: empty }],
    };
    const words = wordsOf(
      renderReport(evaluate(["s"], [input], { seed: 1, resamples: 10, conventions: ["strict"] })),
    );
    expect(words).toContain("No errors at all.");
  });
});

it("writes the command that repeats the evaluation, quoted for a shell", () => {
  const { settings, ...rest } = report({ b: [aspirin] });
  const map = { "Specific Disease": "Disease", "it's": "" };
  expect(
    commandLine({ ...rest, settings: { ...settings, map, types: ["Disease"], train: ["a b.txt"] } }),
  ).toBe(
    [
      "nerium evaluate toy.jsonl",
      "0.jsonl",
      "--vs 1.jsonl",
      "--convention strict,partial",
      "--map 'Specific Disease=Disease'",
      "--map 'it'\\''s='",
      "--types Disease",
      "--train 'a b.txt'",
      "--seed 1",
      "--resamples 40",
      "--report report.html",
    ].join(" \\\n  "),
  );
});

it("names the files of several corpora with commas between", () => {
  const command = commandLine(
    report({ b: [aspirin], compare: false, resamples: 0, corpora: ["one", "two"] }),
  );
  expect(command.replaceAll(/ \\\n +/g, " ")).toBe(
    "nerium evaluate one.jsonl,two.jsonl 0.jsonl,0.jsonl 1.jsonl,1.jsonl --convention strict,partial --seed 1 --report report.html --no-intervals",
  );
});
