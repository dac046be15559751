/** @file Several sessions of one graph → one session that hands each run to the one with the least to do. */
import { availableParallelism } from "node:os";
import type { Graph } from "../graph/types.ts";
import type { Feeds, GraphSession, RunOptions, Runtime, SessionOptions, Tensor, Tensors } from "./types.ts";

/** How a number of threads is shared out. */
export interface Lanes {
  /** Sessions beside each other. */
  readonly lanes: number;
  /** Threads of each. */
  readonly threads: number;
}

/** Each session has its own copy of the weights; together they may take so many bytes. */
const weightBudget = 512 * 2 ** 20;

const bytesOf = (held: Tensors): number =>
  Object.values(held).reduce((sum, { data }) => sum + data.byteLength, 0);

/**
 * A small model's operators are too small to be divided: a session of one thread for each core runs whole batches with
 * no thread waiting for another. A large model's sessions would fill the memory, and its operators divide well.
 */
export function lanesFor(weightBytes: number, threads: number): Lanes {
  const all = threads > 0 ? threads : availableParallelism();
  const lanes = Math.max(1, Math.min(all, Math.floor(weightBudget / Math.max(1, weightBytes))));
  return { lanes, threads: Math.floor(all / lanes) };
}

/** Runs that a session is given at once: the next one lies there when the thread that hands them out is busy. */
const runsAhead = 2;

interface Job {
  readonly feeds: Feeds;
  readonly options: RunOptions | undefined;
  readonly resolve: (outputs: readonly Tensor[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly session: GraphSession;
  running: number;
}

class SessionPool implements GraphSession {
  /** Absent once all sessions are there: it holds the weights, of which each has its copy. */
  #open: (() => Promise<GraphSession>) | undefined;
  readonly #lanes: Lane[] = [];
  readonly #queue: Job[] = [];
  readonly #opening = new Set<Promise<void>>();
  #size: number;
  #ended = false;

  constructor(open: () => Promise<GraphSession>, size: number) {
    this.#open = open;
    this.#size = size;
  }

  async grow(): Promise<void> {
    const session = await this.#open!();
    this.#lanes.push({ session, running: 0 });
    if (this.#lanes.length >= this.#size) this.#open = undefined;
    this.#handOut();
  }

  run(feeds: Feeds, options?: RunOptions): Promise<readonly Tensor[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error("internal: the session was disposed of"));
      this.#queue.push({ feeds, options, resolve, reject });
      this.#growIfBusy();
      this.#handOut();
    });
  }

  /** Short inputs never need the further sessions, which take time and memory to open. */
  #growIfBusy(): void {
    const planned = this.#lanes.length + this.#opening.size;
    if (planned >= this.#size || this.#lanes.some(({ running }) => running === 0)) return;
    const opening = this.grow()
      // The first one opened, so that it is the machine that has no more to give: those that are there do the work.
      .catch(() => void (this.#size = this.#lanes.length))
      .finally(() => this.#opening.delete(opening));
    this.#opening.add(opening);
  }

  #handOut(): void {
    while (this.#queue.length > 0) {
      const lane = this.#lanes.reduce((least, other) => (other.running < least.running ? other : least));
      if (lane.running >= runsAhead) return;
      void this.#runOn(lane, this.#queue.shift()!);
    }
  }

  async #runOn(lane: Lane, { feeds, options, resolve, reject }: Job): Promise<void> {
    lane.running++;
    try {
      resolve(await lane.session.run(feeds, options));
    } catch (error) {
      reject(error);
    } finally {
      lane.running--;
      this.#handOut();
    }
  }

  /** Runs that a session has begun are answered, those that wait are rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    const waiting = this.#queue.splice(0);
    for (const { reject } of waiting) reject(new Error("internal: the session was disposed of"));
    await Promise.all(this.#opening);
    await Promise.all(this.#lanes.map(({ session }) => session[Symbol.asyncDispose]()));
  }
}

/** Opens the first session; up to `lanes` are opened when there is work for them. `threads` are those of each session. */
export async function openPool(
  runtime: Runtime,
  graph: Graph,
  { lanes, ...options }: SessionOptions & { readonly lanes: number },
): Promise<GraphSession> {
  const pool = new SessionPool(() => runtime.open(graph, options), lanes);
  await pool.grow();
  return pool;
}

/** One session where a runtime's sessions would wait for each other, else as many as suit the model and the threads. */
export async function openSuited(
  runtime: Runtime,
  graph: Graph,
  { threads = 0, held = {}, ...options }: SessionOptions,
): Promise<{ readonly session: GraphSession; readonly lanes: number }> {
  if (runtime.parallel !== true)
    return { session: await runtime.open(graph, { ...options, threads, held }), lanes: 1 };
  const suited = lanesFor(bytesOf(held), threads);
  return { session: await openPool(runtime, graph, { ...options, held, ...suited }), lanes: suited.lanes };
}
