/**
 * @file A point of an answer → what may be written from there: the rest of the text, or a tag at one of its places, as
 * token ids, and the places where these part.
 *
 * The language: an answer is the text with at most one tag at a time open and every tag closed. Token by token, what may
 * follow is whatever continues one of the paths from the last tag on: the text to its end, or the text up to a place and a
 * tag there. Two rules make the paths tell themselves apart. A tag whose tokens are the text's own next ones is not
 * allowed there (the text wins). Of two tags of which one's tokens begin the other's, the shorter is taken as soon as it
 * is complete.
 */
import { blankBefore } from "../../instructions/index.ts";
import type { SourceText } from "./source-text.ts";

/** The token ids of one type's tags. */
export interface TagTokens {
  readonly type: string;
  readonly open: readonly number[];
  /** The opening tag together with the blank before it. */
  readonly blankOpen: readonly number[];
  readonly close: readonly number[];
}

export type Action =
  | { readonly kind: "finish" }
  | { readonly kind: "open"; readonly place: number; readonly tag: TagTokens }
  | { readonly kind: "close"; readonly place: number };

/** The tokens up to and with a tag, or up to the end of the text. */
export interface Path {
  readonly ids: readonly number[];
  readonly action: Action;
}

/** Where paths part: one of the candidates comes next. */
export interface Fork {
  /** Index into the ids of all paths that come through here. */
  readonly at: number;
  readonly candidates: readonly number[];
  /** For each candidate what follows: another fork, or the one path that is left. */
  readonly branches: readonly (Fork | Path)[];
  /** A path that comes through here. */
  readonly through: Path;
}

export interface Choices {
  /** The text untouched: to its end, or to the last place where the open tag may be closed. */
  readonly draft: Path;
  /** Where other paths leave the draft, in order; the draft's own token is the first candidate. */
  readonly forks: readonly Fork[];
}

/** Where the last tag stands and, inside of a mention, which. */
export interface Point {
  readonly start: number;
  readonly tag?: TagTokens | undefined;
}

export function isPath(branch: Fork | Path): branch is Path {
  return "action" in branch;
}

export function choicesAt(source: SourceText, tags: readonly TagTokens[], point: Point): Choices {
  const paths =
    point.tag === undefined ? openings(source, tags, point.start) : closings(source, point.start, point.tag);
  const draft = paths.pop()!;
  const leaving = new Map<number, Path[]>();
  for (const path of paths) {
    const common = commonLength(path.ids, draft.ids);
    if (common === Math.min(path.ids.length, draft.ids.length)) continue;
    const others = leaving.get(common);
    if (others === undefined) leaving.set(common, [path]);
    else others.push(path);
  }
  const forks = [...leaving].sort(([a], [b]) => a - b).map(([at, others]) => forkAt(at, draft, others));
  return { draft, forks };
}

/** Every opening from `start` on, then the text to its end. */
function openings(source: SourceText, tags: readonly TagTokens[], start: number): Path[] {
  const { places, whole } = source;
  const paths: Path[] = [];
  for (const place of places.starts) {
    if (place < start) continue;
    const blank = blankBefore(whole, start, place);
    const text = source.ids(start, place - blank.length);
    for (const tag of tags) {
      const ids = [...text, ...(blank === "" ? tag.open : tag.blankOpen)];
      paths.push({ ids, action: { kind: "open", place, tag } });
    }
  }
  return [...paths, { ids: source.ids(start, whole.length), action: { kind: "finish" } }];
}

/** Every closing behind `start`; there is at least one, because a tag opens before a word. */
function closings(source: SourceText, start: number, tag: TagTokens): Path[] {
  const places = source.places.ends.filter((place) => place > start);
  return places.map((place) => ({
    ids: [...source.ids(start, place), ...tag.close],
    action: { kind: "close", place },
  }));
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

function forkAt(at: number, draft: Path, others: readonly Path[]): Fork {
  const groups = byToken(others, at);
  return {
    at,
    candidates: [draft.ids[at]!, ...groups.keys()],
    branches: [draft, ...[...groups.values()].map((group) => resolved(group, at + 1))],
    through: draft,
  };
}

/** Paths with the same first `length` tokens: the one that is complete, or the next place where they part. */
function resolved(paths: readonly Path[], length: number): Fork | Path {
  for (let at = length; ; at++) {
    const complete = paths.find(({ ids }) => ids.length === at);
    if (complete !== undefined) return complete;
    if (paths.length === 1) return paths[0]!;
    const groups = byToken(paths, at);
    if (groups.size === 1) continue;
    const branches = [...groups.values()].map((group) => resolved(group, at + 1));
    return { at, candidates: [...groups.keys()], branches, through: paths[0]! };
  }
}

function byToken(paths: readonly Path[], at: number): Map<number, Path[]> {
  const groups = new Map<number, Path[]>();
  for (const path of paths) {
    const token = path.ids[at]!;
    const group = groups.get(token);
    if (group === undefined) groups.set(token, [path]);
    else group.push(path);
  }
  return groups;
}
