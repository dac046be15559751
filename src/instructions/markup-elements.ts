/** @file An answer with `<span class="disease">gout</span>` or `<mark>gout</mark>` → its mark tokens, broken ones included. */
import type { MarkToken } from "./markup.ts";

const quote = `["'“”]`;
const name = "[\\w .-]{0,40}?";
const openings = [
  // whole, and with a quote, the "=" or a letter of the element's name missing or wrong
  `<\\s*(?:span|mark)(?:\\s*class\\s*=?\\s*${quote}?\\s*(${name})\\s*${quote}?)?\\s*>`,
  `<\\s*\\w{2,6}\\s+class\\s*=\\s*${quote}(${name})${quote}\\s*>`,
  // without "<", and without ">"
  `\\b(?:span|mark)\\s+class\\s*=\\s*${quote}(${name})${quote}\\s*>`,
  `<\\s*(?:span|mark)\\s+class\\s*=\\s*${quote}([\\w.-]{1,40})${quote}`,
  // what a cut answer may end with
  `<(?:s|sp|spa|span|m|ma|mar|mark)(?:\\s[^<>]{0,60})?$`,
];
const closings = [
  `<\\s*\\/\\s*(?:span|mark|spa|spn|san|pan|mar|mak|mrk|ark)(?:\\s*>)?`,
  `\\/(?:span|mark)\\s*>`,
  `<(?:span|mark)\\s*\\/\\s*>`,
  `<\\/(?:s|sp|m|ma)?$`,
];
const token = new RegExp([...openings, ...closings].join("|"), "gi");
const whole = /^<(?:\/(?:span|mark)|(?:span|mark)(?: class="[^"]*")?)>$/;

/** A token is whole if it stands exactly as BioNER-LLaMA writes it. The `<span>` of a cut answer has no name. */
export function lexElements(answer: string): MarkToken[] {
  if (!/[<>]/.test(answer)) return [];
  return [...answer.matchAll(token)].map((match) => {
    const [element, ...groups] = match;
    const said = groups.find((group) => group !== undefined)?.trim();
    return {
      start: match.index,
      end: match.index + element.length,
      role: /^<?\s*\/|\/\s*>$/.test(element) ? "close" : "open",
      broken: !whole.test(element),
      name: said === "" ? undefined : said?.toLowerCase(),
    };
  });
}
