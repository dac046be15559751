/** @file Text and numbers → HTML in which nothing is markup that was not written here: the escaping template tag `html`. */

/** A piece of well-formed markup; only `html` and `trusted` make it. */
export interface Html {
  readonly markup: string;
}

/** Strings are escaped, lists are put one after another, undefined is nothing. */
export type Part = string | number | Html | undefined | readonly Part[];

/** Every value is escaped; attributes must be in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { markup: strings.reduce((all, text, at) => all + markupOf(values[at - 1]) + text) };
}

/** Markup that we wrote ourselves: the style sheet, the script. Never text that was read. */
export function trusted(markup: string): Html {
  return { markup };
}

export const nothing: Html = trusted("");

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string") return escapeText(part);
  if (typeof part === "number") return String(part);
  return "markup" in part ? part.markup : part.map(markupOf).join("");
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "\0": "\u{FFFD}", // a parser would drop it
  "\r": "&#13;", // a parser would make it a line feed
};

/** Safe between tags and between quotes. */
export function escapeText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[&<>"'\0\r]/g, (character) => escapes[character]!);
}
