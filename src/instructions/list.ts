/**
 * @file The style `list`: a passage → a request for a JSON object of surface strings by type, and the answer back, for
 * servers that only do JSON.
 */
import type { Passage } from "../documents/index.ts";
import { guidelineLines } from "./guidelines.ts";
import type { Instruction, RenderOptions, StyleType } from "./types.ts";
import { answered } from "./types.ts";
import { typeOfName } from "./markup.ts";

export const templates = {
  system:
    "You are a biomedical named-entity recognition tool. You answer with one JSON object and nothing else.",
  prompt:
    "List every mention of these entity types in the text, each exactly as the text writes it: {types}.\nAnswer with one JSON object that has a key for each of these types and a list of strings as its value, e.g. {example}. A type without mentions has an empty list.\n\n",
  guidelines: "Guidelines:\n{guidelines}\n\n",
  shot: "Text: {text}\nAnswer: {answer}\n\n",
  item: "Text: {text}\nAnswer: ",
} as const;

/** A string that an answer lists; its type is absent where nobody asked for it. */
export interface ListedSurface {
  readonly surface: string;
  readonly type?: string | undefined;
}

export interface ListedAnswer {
  readonly listed: readonly ListedSurface[];
  /** Whether it is JSON as asked for; else its strings were picked out as far as they go. */
  readonly complete: boolean;
}

/** The answer lists each surface once, in the order of its first mention. */
export function render(
  passage: Passage,
  types: readonly StyleType[],
  options: RenderOptions = {},
): Instruction {
  const names = types.map(({ name }) => name);
  const example = `{${names.map((name) => `${JSON.stringify(name)}: ["…"]`).join(", ")}}`;
  const head = templates.prompt
    .replace("{types}", () => names.join(", "))
    .replace("{example}", () => example);
  const shots = (options.shots ?? []).map((shot) =>
    templates.shot.replace("{text}", () => shot.text).replace("{answer}", () => listOf(shot, types)),
  );
  const lines = guidelineLines(types, options.guidelines ?? {}).join("\n");
  const guide = lines === "" ? "" : templates.guidelines.replace("{guidelines}", () => lines);
  const item = templates.item.replace("{text}", () => passage.text);
  return answered(`${head}${guide}${shots.join("")}${item}`, [{ text: listOf(passage, types) }], {
    system: templates.system,
    joint: "",
    trainAll: options.trainAll,
  });
}

function listOf({ text, mentions }: Passage, types: readonly StyleType[]): string {
  const lists = types.map(({ name, type }) => {
    const surfaces = mentions
      .filter((mention) => mention.type === type)
      .toSorted((a, b) => a.start - b.start)
      .map(({ start, end }) => text.slice(start, end));
    return [name, [...new Set(surfaces)]] as const;
  });
  return JSON.stringify(Object.fromEntries(lists));
}

/** Every string of an answer, by type; text around the JSON, code fences and a cut end do no harm. Never throws. */
export function parse(answer: string, types: readonly StyleType[]): ListedAnswer {
  const markup = {
    kind: "elements" as const,
    names: Object.fromEntries(types.map(({ name, type }) => [name.toLowerCase(), type])),
    bare: types.length === 1 ? types[0]!.type : undefined,
  };
  const typed = (name: string | undefined): string | undefined => typeOfName(name?.toLowerCase(), markup);
  const whole = parsedJson(answer);
  if (whole === undefined) return { listed: pickStrings(answer, typed), complete: false };
  const lists: [string | undefined, unknown][] = Array.isArray(whole)
    ? [[undefined, whole]]
    : Object.entries(whole);
  const listed = lists.flatMap(([name, list]) =>
    (Array.isArray(list) ? list : [list])
      .filter((item): item is string => typeof item === "string")
      .map((surface): ListedSurface => ({ surface, type: typed(name) })),
  );
  return { listed, complete: true };
}

/** The JSON object or list in an answer, from its first bracket to its last; undefined if that is none. */
function parsedJson(answer: string): Record<string, unknown> | unknown[] | undefined {
  const start = answer.search(/[[{]/);
  const end = Math.max(answer.lastIndexOf("]"), answer.lastIndexOf("}"));
  if (start < 0 || end < start) return undefined;
  try {
    return JSON.parse(answer.slice(start, end + 1)) as Record<string, unknown> | unknown[];
  } catch {
    return undefined;
  }
}

/** Complete string literals of broken JSON: one before a colon is a type's name, the others are listed under it. */
function pickStrings(
  answer: string,
  typed: (name: string | undefined) => string | undefined,
): ListedSurface[] {
  const from = answer.search(/[[{]/);
  if (from < 0) return [];
  const listed: ListedSurface[] = [];
  let name: string | undefined;
  for (const { start, end } of literalsIn(answer, from)) {
    const said = unescaped(answer.slice(start, end));
    if (/^\s{0,9}:/.test(answer.slice(end + 1, end + 11))) name = said;
    else listed.push({ surface: said, type: typed(name) });
  }
  return listed;
}

/** What stands between two quotes of one line; one look at each character, because answers may be hostile. */
function* literalsIn(
  answer: string,
  from: number,
): Generator<{ readonly start: number; readonly end: number }> {
  let start = -1;
  for (let at = from; at < answer.length; at++) {
    const sign = answer[at];
    if (sign === "\n") start = -1;
    else if (start >= 0 && sign === "\\") at++;
    else if (sign === '"') {
      if (start >= 0) yield { start, end: at };
      start = start >= 0 ? -1 : at + 1;
    }
  }
}

function unescaped(literal: string): string {
  try {
    return JSON.parse(`"${literal}"`) as string;
  } catch {
    return literal;
  }
}
