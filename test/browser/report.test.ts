/** @file The evaluation report in a real Chromium: no errors and no requests, filters, keyboard, hostile texts, print. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Document, Mention } from "../../src/documents/index.ts";
import { renderReport } from "../../src/scores/html-report.ts";
import { evaluate } from "../../src/scores/report.ts";

const browserPaths = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const browserPath = browserPaths.find((path) => path !== undefined && existsSync(path));
const why = browserPath === undefined ? " (skipped: no Chromium; set CHROMIUM_PATH)" : "";

const hostile = `</script><img src="https://example.org/x" onerror="document.title='broken'"><svg onload=alert(1)>`;
const hostileType = `"><script>document.title='broken'</script>`;
// Nested, crossing, discontinuous, without characters, and across a line feed.
const awkward = "left or right arm pain\nin (acute) renal failure";
const awkwardGold: Mention[] = [
  {
    start: 0,
    end: 17,
    fragments: [
      { start: 0, end: 4 },
      { start: 14, end: 17 },
    ],
    type: "Site",
  },
  { start: 8, end: 22, type: "Disease" },
  { start: 8, end: 17, type: "Site" },
  { start: 18, end: 32, type: "Disease" },
  { start: 22, end: 22, type: "Site" },
];

interface Text {
  readonly id: string;
  readonly text: string;
  readonly gold: readonly Mention[];
  readonly a: readonly Mention[];
  readonly b: readonly Mention[] | null;
}

const mention = (start: number, end: number, type = "Disease", score?: number): Mention => ({
  start,
  end,
  type,
  ...(score === undefined ? {} : { score }),
});

const texts: Text[] = [
  { id: "clean", text: "no asthma here", gold: [mention(3, 9)], a: [mention(3, 9)], b: [mention(3, 9)] },
  {
    id: "one-missed",
    text: "asthma and gout",
    gold: [mention(0, 6), mention(11, 15)],
    a: [mention(0, 6, "Disease", 0.9), mention(11, 15, "Disease", 0.4)],
    b: [mention(0, 6)],
  },
  {
    id: "several",
    text: "acute renal failure after aspirin in mice",
    gold: [mention(0, 19), mention(26, 33, "Chemical")],
    a: [mention(6, 19, "Disease", 0.7), mention(26, 33, "Disease", 0.2), mention(37, 41)],
    b: [mention(6, 19, "Chemical"), mention(26, 33, "Chemical")],
  },
  { id: "awkward", text: awkward, gold: awkwardGold, a: awkwardGold.slice(1, 3), b: null },
  {
    id: hostile,
    text: hostile,
    gold: [mention(2, 8, hostileType)],
    a: [mention(2, 9, hostileType)],
    b: [mention(30, 40, hostileType)],
  },
];

function page(texts: readonly Text[], names = ["first", hostile]): string {
  const toDocument = ({ id, text }: Text, mentions: readonly Mention[]): Document => ({
    id,
    passages: [{ text, mentions }],
  });
  const gold = texts.map((text) => toDocument(text, text.gold));
  const a = texts.map((text) => toDocument(text, text.a));
  const b = texts.flatMap((text) => (text.b === null ? [] : [toDocument(text, text.b)]));
  const predictions = [
    { file: "a.jsonl", documents: a },
    { file: "b.jsonl", documents: b },
  ];
  const corpus = { name: "toy", file: "gold.jsonl", documents: gold, predictions };
  return renderReport(
    evaluate(names, [corpus], { seed: 3, resamples: 50, conventions: ["strict", "partial"], compare: true }),
  );
}

describe.skipIf(browserPath === undefined)(
  `the evaluation report in Chromium${why}`,
  { timeout: 180_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "nerium-report-"));
    const problems: string[] = [];
    const requests: string[] = [];
    let browser: Browser;
    let tab: Page;

    const open = async (name: string, markup: string): Promise<void> => {
      const path = join(folder, name);
      writeFileSync(path, markup);
      await tab.goto(pathToFileURL(path).href);
    };
    const shown = (): Promise<string[]> => tab.locator(".doc:visible h3").allTextContents();
    const told = async (): Promise<string> =>
      (await tab.locator("#told").innerText()).replaceAll(/\s+/g, " ");
    /** Filters wait a moment for more input. */
    const settled = (text: RegExp): Promise<void> =>
      expect.poll(() => tab.textContent("#shown"), { timeout: 30_000 }).toMatch(text);

    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: browserPath!,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-background-networking",
          "--disable-component-update",
          "--no-first-run",
        ],
      });
      tab = await browser.newPage({ viewport: { width: 1300, height: 900 } });
      tab.on("console", (message) => problems.push(message.text()));
      tab.on("pageerror", (error) => problems.push(error.message));
      tab.on("dialog", (dialog) => problems.push(`dialog ${dialog.message()}`));
      tab.on("request", (request) => requests.push(request.url()));
      await open("report.html", page(texts));
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("applies its styles and runs its script under its own policy", async () => {
      expect(await tab.isVisible("#filters")).toBe(true);
      expect(await tab.evaluate("getComputedStyle(document.querySelector('mark')).borderRadius")).not.toBe(
        "0px",
      );
    });

    it("shows documents with errors, most errors first", async () => {
      expect(await shown()).toEqual(["awkward", "several", hostile, "one-missed"]);
      expect(await tab.textContent("#shown")).toMatch(/^4 of 5 documents, \d+ errors/);
    });

    it("keeps every text exactly, however its mentions lie", async () => {
      const lanes = await tab.evaluate(
        "Array.from(document.querySelectorAll('.doc'), (doc) => [doc.querySelector('h3').textContent, ...Array.from(doc.querySelectorAll('.text'), (text) => text.textContent)])",
      );
      const found = new Map((lanes as string[][]).map(([id, ...copies]) => [id, copies]));
      for (const { id, text, b } of texts)
        expect(found.get(id)).toEqual(b === null ? [text, text] : [text, text, text]);
    });

    it("filters by class of error, type, words and system", async () => {
      for (const name of ["boundary", "boundary-type", "type", "spurious"])
        await tab.uncheck(`[name=class][value=${name}]`);
      await settled(/^3 of 5 documents, 7 errors/);
      expect(await shown()).toEqual(["awkward", hostile, "one-missed"]);
      await tab.selectOption("[name=type]", "Disease");
      await settled(/^2 of 5/);
      await tab.selectOption("[name=system]", { label: "first" });
      await settled(/^1 of 5 documents, 1 error /);
      expect(await tab.locator(".lane:visible h4").allTextContents()).toHaveLength(2);
      await tab.click("#filters [type=reset]");
      await settled(/^4 of 5/);
      await tab.fill("[name=text]", "ASPIRIN");
      await settled(/^1 of 5/);
      expect(await shown()).toEqual(["several"]);
      await tab.click("#filters [type=reset]");
      await tab.selectOption("[name=alone]", "alone-1");
      await settled(/^\d of 5/);
      expect(await shown()).toContain("one-missed");
      await tab.click("#filters [type=reset]");
      await tab.check("[name=clean]");
      await settled(/^5 of 5/);
      await tab.selectOption("[name=order]", "file");
      await expect.poll(shown).toEqual(texts.map(({ id }) => id));
      await tab.click("#filters [type=reset]");
      await settled(/^4 of 5/);
    });

    it("walks from error to error with j and k, arrows, and between documents with Shift", async () => {
      await tab.fill("[name=text]", "renal failure after");
      await settled(/^1 of 5 documents, 3 errors/);
      await tab.locator("#texts h2").click();
      await tab.keyboard.press("j");
      expect(await told()).toContain(
        "Gold: Disease “acute renal failure” first – wrong boundaries, too short: Disease “renal failure” (score 0.700)",
      );
      expect(await told()).toContain(
        "wrong boundaries and type, too short: Chemical “renal failure” Error 1 of 3, document several",
      );
      expect(await tab.evaluate("document.activeElement.className")).toContain("current");
      await tab.keyboard.press("ArrowRight");
      expect(await told()).toContain("first – wrong type: Disease “aspirin” (score 0.200)");
      await tab.keyboard.press("j");
      expect(await told()).toContain("first: Disease “mice” – spurious Error 3 of 3");
      await tab.keyboard.press("k");
      expect(await told()).toContain("Error 2 of 3");
      await tab.keyboard.press("Escape");
      expect(await told()).toContain("Choose a mark");
      await tab.keyboard.press("/");
      expect(await tab.evaluate("document.activeElement.name")).toBe("text");
      await tab.fill("[name=text]", "");
      await settled(/^4 of 5/);
      await tab.locator("#texts h2").click();
      await tab.keyboard.press("Shift+J");
      expect(await told()).toContain("document awkward");
      await tab.keyboard.press("Shift+J");
      expect(await told()).toContain("document several");
    });

    it("tells about a mark that is clicked, with all its parts", async () => {
      await tab.locator("#c0-d3 [data-l=gold] mark.gap-after").click();
      expect(await told()).toContain("Gold: Site “left arm” first – missed");
      expect(await tab.locator("mark.current").count()).toBe(2);
    });

    it("opens a document that is linked, even if it is filtered out", async () => {
      await tab.evaluate("location.hash = '#c0-d0'");
      await expect.poll(shown).toContain("clean");
      expect(await tab.evaluate("document.activeElement.id")).toBe("c0-d0");
    });

    it("prints all text and no controls", async () => {
      await tab.emulateMedia({ media: "print" });
      expect(await tab.isVisible("#filters")).toBe(false);
      expect(await tab.isVisible("#inspector")).toBe(false);
      expect(await tab.isVisible(".doc")).toBe(true);
      expect((await tab.pdf()).length).toBeGreaterThan(10_000);
      await tab.emulateMedia({ media: "screen" });
    });

    it("is quick with 500 documents", async () => {
      const many = Array.from({ length: 125 }, (_, at) =>
        texts.slice(0, 4).map((text) => ({ ...text, id: `${text.id}-${at}`, text: text.text })),
      );
      const markup = page(many.flat(), ["a", "b"]);
      const session = await tab.context().newCDPSession(tab);
      // The page's own processor time: a busy machine must not fail this.
      await session.send("Performance.enable", { timeDomain: "threadTicks" });
      const seconds = async (): Promise<number> => {
        const { metrics } = await session.send("Performance.getMetrics");
        return metrics.find(({ name }) => name === "TaskDuration")!.value;
      };
      await open("many.html", markup);
      await settled(/^375 of 500/);
      await tab.keyboard.press("j");
      expect(await told()).toContain("Error 1 of");
      const loaded = await seconds();
      await tab.uncheck("[name=class][value=missed]");
      await settled(/^125 of 500/);
      const filtered = (await seconds()) - loaded;
      expect({ loaded, filtered }).toSatisfy(() => loaded < 8 && filtered < 4);
    });

    it("made no request, no console message and no dialog in all this", async () => {
      expect(requests.filter((url) => !url.startsWith("file:"))).toEqual([]);
      expect(requests).toHaveLength(2);
      expect(problems).toEqual([]);
      expect(await tab.title()).not.toContain("broken");
    });
  },
);
