/** @file One text with `<mark>…</mark>` and `<span class="…">…</span>` in it ↔ the bare text and its mentions. */
import { sortMentions } from "../../documents/index.ts";
import type { Mention } from "../../documents/index.ts";

const mark = /<(\/?)(mark|span)(?: class="([^"<>]*)")?>/g;
/** What would be read as a mark, or as its escaped form, if it were written as it is. */
const likeMark = /(?:<|&(?:amp;)*lt;)(?=\/?(?:mark|span)(?: class="[^"<>]*")?>)/g;
const escapedMark = /&(?:amp;)*lt;(?=\/?(?:mark|span)(?: class="[^"<>]*")?>)/g;

/** A mark that makes no mention. */
export interface MarkFault {
  readonly kind: "unbalanced-mark" | "empty-mark";
  readonly what: string;
}

export interface ParsedMarks {
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly faults: readonly MarkFault[];
}

interface OpenMark {
  readonly element: string;
  readonly start: number;
  readonly type: string;
}

/** Marked text → the text itself and what is marked, outer mentions before inner ones. */
export function parseMarks(marked: string, bareType = "Entity"): ParsedMarks {
  const mentions: Mention[] = [];
  const faults: MarkFault[] = [];
  const open: OpenMark[] = [];
  let text = "";
  let at = 0;
  for (const { 0: tag, 1: slash, 2: element = "", 3: className, index } of marked.matchAll(mark)) {
    text += unescaped(marked.slice(at, index));
    at = index + tag.length;
    if (slash === "") {
      const type = decodedType(className ?? "") || bareType;
      open.push({ element, start: text.length, type });
      continue;
    }
    const place = open.findLastIndex((start) => start.element === element);
    const [opened] = place < 0 ? [] : open.splice(place, 1);
    if (opened === undefined) {
      faults.push({ kind: "unbalanced-mark", what: `end of a ${element} that never began left out` });
    } else if (opened.start === text.length) {
      faults.push({ kind: "empty-mark", what: `${element} around nothing left out` });
    } else mentions.push({ start: opened.start, end: text.length, type: opened.type });
  }
  text += unescaped(marked.slice(at));
  for (const { element } of open) {
    faults.push({ kind: "unbalanced-mark", what: `${element} that never ends left out` });
  }
  // Inner marks end first: reversed, so that of two around the same text the outer one comes first.
  return { text, mentions: sortMentions(mentions.reverse()), faults };
}

function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(escapedMark, (escape) =>
    escape === "&lt;" ? "<" : `&${escape.slice("&amp;".length)}`,
  );
}

function decodedType(className: string): string {
  if (!className.includes("&")) return className;
  return className
    .replaceAll("&#13;", "\r")
    .replaceAll("&#10;", "\n")
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

export interface RenderedMarks {
  readonly line: string;
  /** Mentions that cross one that begins before them, or have no text. */
  readonly dropped: readonly Mention[];
}

/** The text with marks around its mentions; discontinuous ones are marked as a whole. */
export function renderMarks(text: string, mentions: readonly Mention[], bareType = "Entity"): RenderedMarks {
  const open: Mention[] = [];
  const dropped: Mention[] = [];
  let line = "";
  let at = 0;
  const copyTo = (end: number): void => {
    line += escaped(text.slice(at, end));
    at = end;
  };
  const closeUntil = (place: number): void => {
    while (open.length > 0 && open.at(-1)!.end <= place) {
      const { end, type } = open.pop()!;
      copyTo(end);
      line += type === bareType ? "</mark>" : "</span>";
    }
  };
  for (const mention of sortMentions(mentions)) {
    closeUntil(mention.start);
    const outer = open.at(-1);
    if (mention.start >= mention.end || (outer !== undefined && outer.end < mention.end)) {
      dropped.push(mention);
      continue;
    }
    copyTo(mention.start);
    line += mention.type === bareType ? "<mark>" : `<span class="${encodedType(mention.type)}">`;
    open.push(mention);
  }
  closeUntil(Infinity);
  copyTo(text.length);
  return { line, dropped };
}

function escaped(text: string): string {
  if (!text.includes("<") && !text.includes("&")) return text;
  return text.replace(likeMark, (start) => (start === "<" ? "&lt;" : `&amp;${start.slice(1)}`));
}

function encodedType(type: string): string {
  if (!/[&"<>\n\r]/.test(type)) return type;
  return type
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\r", "&#13;");
}
