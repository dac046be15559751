/** @file What a command may touch of the world outside: streams, environment, clock, exit code; tests pass their own. */

/** A terminal, a pipe or a file; the optional parts are a terminal's. */
export interface Output {
  write(chunk: string, done?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Effects {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; only differences are used. */
  readonly now: () => number;
  /** Aborts on Ctrl-C. Listeners must be synchronous: the process ends right after them. */
  readonly signal: AbortSignal;
  /** What the process returns once the command is through; 0 if never called. */
  readonly setExitCode: (code: number) => void;
}

/** Writes all of `text`; resolves when the stream has taken it, so that a slow reader slows us down. */
export async function write(output: Output, text: string): Promise<void> {
  if (text === "") return;
  await new Promise<void>((resolve, reject) => {
    output.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Columns for text where no terminal says how many it has. */
export const usualWidth = 80;

/** Columns of a terminal; some say 0 for not knowing. */
export function widthOf({ columns = 0 }: Output): number {
  return columns > 0 ? columns : usualWidth;
}

/** Whether to colour `output`: NO_COLOR and FORCE_COLOR (https://no-color.org, https://force-color.org), else if a terminal. */
export function wantsColour(output: Output, environment: Effects["environment"]): boolean {
  const forced = environment["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  if ((environment["NO_COLOR"] ?? "") !== "") return false;
  return output.isTTY === true && environment["TERM"] !== "dumb";
}
