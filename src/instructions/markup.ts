/** @file The markup languages as data, and the marks that an answer in one of them holds. Format knowledge only: no source text. */
import { lexElements } from "./markup-elements.ts";
import { lexSigns } from "./markup-signs.ts";

/** How a style writes its marks. */
export interface Markup {
  /** signs: `@@gout##`, `@disease@gout#disease#`; elements: `<span class="disease">gout</span>`, `<mark>gout</mark>`. */
  readonly kind: "signs" | "elements";
  /**
   * Names in marks (lower case) → types; undefined for a name that the style knows and nobody asked for. A mark with
   * any other name is foreign. Where there are no names at all, each is its own type.
   */
  readonly names: Readonly<Record<string, string | undefined>>;
  /** The type of marks without a name; such marks are foreign where it is absent. */
  readonly bare?: string | undefined;
}

/** A stretch of an answer that opens or closes a mark. */
export interface MarkToken {
  readonly start: number;
  readonly end: number;
  readonly role: "open" | "close";
  /** Not as the language writes it (`@`, `#`, `<span class="disease>`): a mark only under narrower rules. */
  readonly broken: boolean;
  /** The name it says, in lower case. */
  readonly name?: string | undefined;
}

/** One mark of an answer; offsets count in the copy, which is the answer without its mark tokens. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  /** The type; absent where the mark says a name that nobody asked for. */
  readonly type?: string | undefined;
  /**
   * closed: has both ends; empty: has both ends and nothing between; unclosed: never ends; stray: an end that nothing
   * began (start = end).
   */
  readonly shape: "closed" | "empty" | "unclosed" | "stray";
  /** One of its ends is not as the language writes it. */
  readonly broken: boolean;
  /** It lies in another mark. */
  readonly nested: boolean;
}

export interface MarkedCopy {
  /** The answer without mark tokens. */
  readonly copy: string;
  /** All marks, in the order of their starts, outer before inner. Their number is what the statuses add up to. */
  readonly marks: readonly Mark[];
}

/** Everything in an answer that looks like a mark token, broken ones included. Never throws. */
export function lexMarkup(answer: string, markup: Markup): MarkToken[] {
  return markup.kind === "signs" ? lexSigns(answer, Object.keys(markup.names)) : lexElements(answer);
}

/** The type that a name stands for; a name cut or misspelt at its end is taken for the one name that it begins like. */
export function typeOfName(name: string | undefined, { names, bare }: Markup): string | undefined {
  if (name === undefined || name === "") return bare;
  const known = Object.keys(names);
  if (known.length === 0) return name;
  if (Object.hasOwn(names, name)) return names[name];
  const similar = known.filter((one) => one.startsWith(name.slice(0, 4)) && name.length >= 4);
  return similar.length === 1 ? names[similar[0]!] : undefined;
}
