/** @file The escaping tag, and how numbers are written. */
import { expect, it } from "vitest";
import { html, nothing, trusted } from "./markup.ts";
import { count, estimate, interval, isSignificant, percent, pValue, share, signed } from "./numbers.ts";
import { listed, shortened } from "./words.ts";

const plain = (text: string): string => text.replaceAll("\u{A0}", " ");

it("escapes every value, in text and in attributes", () => {
  const hostile = `"><img src=x onerror='alert(1)'>&`;
  const { markup } = html`<p title="${hostile}">${hostile}</p>`;
  const escaped = "&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;";
  expect(markup).toBe(`<p title="${escaped}">${escaped}</p>`);
});

it("keeps what a parser would change: carriage returns; replaces what it would drop: NUL", () => {
  expect(html`${"a\r\nb\0"}`.markup).toBe("a&#13;\nb\u{FFFD}");
});

it("puts markup, lists and numbers in as they are, and nothing for undefined", () => {
  const items = ["<", "b"].map((text) => html`<i>${text}</i>`);
  expect(html`<b>${items}</b>${undefined}${nothing}${3}${trusted("<br>")}`.markup).toBe(
    "<b><i>&lt;</i><i>b</i></b>3<br>",
  );
});

it("writes rates in percent, with a sign only where there is a difference", () => {
  expect(percent(0.8634)).toBe("86.3");
  expect([signed(0.013), signed(-0.013), signed(0.0001), signed(-0.0001)]).toEqual([
    "+1.3",
    "−1.3",
    "0.0",
    "0.0",
  ]);
  expect(plain(estimate({ value: 0.5, low: 0.4, high: 0.6 }))).toBe("50.0 [40.0, 60.0]");
  expect(estimate({ value: 0.5 }).trim()).toBe("50.0");
  expect(interval({})).toBe("");
  expect(count(12_345)).toBe("12,345");
});

it("writes p-values so that none is 0, and shares so that none is 0 % or 100 % without being it", () => {
  expect([pValue(0.0004), pValue(0.003), pValue(0.38)].map(plain)).toEqual([
    "p < 0.001",
    "p = 0.003",
    "p = 0.38",
  ]);
  expect([share(1, 3), share(1, 1000), share(999, 1000), share(0, 3), share(0, 0)].map(plain)).toEqual([
    "33 %",
    "< 1 %",
    "> 99 %",
    "0 %",
    "–",
  ]);
});

it("lets the corrected p-value decide", () => {
  expect(isSignificant({ p: 0.01 })).toBe(true);
  expect(isSignificant({ p: 0.01, corrected: 0.06 })).toBe(false);
  expect(isSignificant({})).toBe(false);
});

it("lists names and shortens them by characters", () => {
  expect([listed([]), listed(["a"]), listed(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
  expect(shortened("𝔸𝔹ℂ𝔻", 3)).toBe("𝔸𝔹…");
});
