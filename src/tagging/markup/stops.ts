/** @file A sentence under way → its stops: what was written, which choices follow, and the scores that decide them. */
import type { Row, RowScores, ScoredPlace } from "../../models/language-model-network.ts";
import { type Memory, shortened } from "../../models/language-model-memory.ts";
import {
  type Choices,
  choicesAt,
  type Fork,
  isPath,
  type Path,
  type Point,
  type TagTokens,
} from "./choices.ts";
import type { SourceText } from "./source-text.ts";

/** What all stops of one sentence share. */
export interface StopContext {
  readonly source: SourceText;
  readonly tags: readonly TagTokens[];
}

/** What stands before a stop's own tokens. */
export interface Written {
  readonly ids: readonly number[];
  /** What the model remembers of it: all of it, or less where that was never read. */
  readonly memory: Memory | undefined;
}

/** A fork, and the index of the token before it in a row. */
interface AskedFork {
  readonly fork: Fork;
  readonly at: number;
}

/**
 * A point of an answer. Its row holds the tokens from where it left its parent to the last of its own forks; whoever
 * comes to the same point finds the scores already there.
 */
export class Stop {
  readonly point: Point;
  readonly choices: Choices;
  readonly #context: StopContext;
  readonly #before: Written;
  /** Tokens of the row before the draft's. */
  readonly #lead: readonly number[];
  readonly #asked: readonly AskedFork[];
  readonly #scores = new Map<Fork, Float32Array>();
  readonly #followers = new Map<Path, Stop>();
  #memory: Memory | undefined;

  /** `leading`: forks on the way here that this row is to score. */
  constructor(
    context: StopContext,
    point: Point,
    {
      before,
      lead,
      leading = [],
    }: { before: Written; lead: readonly number[]; leading?: readonly AskedFork[] },
  ) {
    this.#context = context;
    this.point = point;
    this.choices = choicesAt(context.source, context.tags, point);
    this.#before = before;
    this.#lead = lead;
    const own = this.choices.forks.map((fork) => ({ fork, at: lead.length + fork.at - 1 }));
    this.#asked = [...leading, ...own];
  }

  /** Whether anything is to be decided here, by scores. */
  get hasForks(): boolean {
    return this.#asked.length > 0;
  }

  /** Whether there is nothing to be scored (any more). */
  get isScored(): boolean {
    return this.#asked.length === this.#scores.size;
  }

  /** What a model is to score; without its memory, everything is read again. */
  row(remembers: boolean): Row {
    const last = this.#asked.at(-1)!.at;
    const tokens = [...this.#lead, ...this.choices.draft.ids].slice(0, last + 1);
    const { ids, memory } = this.#before;
    const read = remembers ? (memory?.length ?? 0) : 0;
    const again = ids.slice(read);
    const places = this.#asked.map(({ fork, at }): ScoredPlace => {
      return { at: at + again.length, candidates: fork.candidates };
    });
    return { memory: remembers ? memory : undefined, tokens: [...again, ...tokens], places };
  }

  take({ scores, memory }: RowScores): void {
    this.#memory = memory;
    this.#asked.forEach(({ fork }, place) => {
      this.#scores.set(fork, scores[place]!.slice(0, fork.candidates.length));
    });
  }

  /** Undefined for a fork that another stop scores. */
  scoresOf(fork: Fork): Float32Array | undefined {
    return this.#scores.get(fork);
  }

  /** The stop behind a path that was taken. */
  behind(path: Path): Stop {
    return this.#followers.get(path) ?? this.#follow(path, this.choices.draft.ids.length, []);
  }

  /**
   * The stops behind all paths of a branch that leaves the draft at a fork. They are scored together, and between them
   * they score the branch's own forks: which type, where types share their first tokens.
   */
  followers(fork: Fork, branch: Fork | Path): readonly Stop[] {
    const { paths, forks } = branchParts(branch);
    return paths.map((path) => {
      const known = this.#followers.get(path);
      if (known !== undefined) return known;
      const leading = forks
        .filter(({ through }) => through === path)
        .map((inner) => ({ fork: inner, at: inner.at - 1 - fork.at }));
      return this.#follow(path, fork.at, leading);
    });
  }

  /** `from`: where the path leaves the draft. */
  #follow(path: Path, from: number, leading: readonly AskedFork[]): Stop {
    const { action } = path;
    const point: Point =
      action.kind === "open"
        ? { start: action.place, tag: action.tag }
        : { start: action.kind === "close" ? action.place : this.#context.source.whole.length };
    const ids = [...this.#before.ids, ...this.#lead, ...path.ids.slice(0, from)];
    const before = { ids, memory: shortened(this.#memory, ids.length) };
    const stop = new Stop(this.#context, point, { before, lead: path.ids.slice(from), leading });
    this.#followers.set(path, stop);
    return stop;
  }
}

function branchParts(branch: Fork | Path): {
  readonly paths: readonly Path[];
  readonly forks: readonly Fork[];
} {
  if (isPath(branch)) return { paths: [branch], forks: [] };
  const parts = branch.branches.map(branchParts);
  return {
    paths: parts.flatMap(({ paths }) => paths),
    forks: [branch, ...parts.flatMap(({ forks }) => forks)],
  };
}
