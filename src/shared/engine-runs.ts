/** @file Runs that engines' threads are at → a moment at which the process may end: a thread that ends within one aborts it. */

const runs = new Set<Promise<unknown>>();
let closing = false;

/** Starts a run, unless the process is about to end: then it is never begun, and never answered. */
export function engineRun<T>(start: () => Promise<T>): Promise<T> {
  if (closing) return new Promise<T>(() => {});
  const run = start();
  const forget = (): boolean => runs.delete(run);
  runs.add(run);
  run.then(forget, forget);
  return run;
}

export const engineRunsOpen = (): number => runs.size;

/** Begins no more runs, and waits for those that are begun, but not for ever. */
export async function closeEngineRuns(milliseconds: number): Promise<void> {
  closing = true;
  const late = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  await Promise.race([Promise.allSettled(runs), late]);
}
