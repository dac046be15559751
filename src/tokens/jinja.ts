/** @file A parsed Jinja template and its variables → text, with a given date and bounded loops. */
import { Environment, Interpreter, type Template } from "@huggingface/jinja";
import { formatDate } from "./strftime.ts";

/** No conversation is longer; a hostile template must not count to a billion. */
const longestRange = 100_000;

function range(...limits: readonly number[]): number[] {
  const [start = 0, stop = 0, step = 1] = limits.length === 1 ? [0, ...limits] : limits;
  const length = Math.ceil((stop - start) / step);
  if (!(Math.abs(length) <= longestRange)) throw new Error(`range: at most ${longestRange} numbers`);
  return Array.from({ length: Math.max(0, length) }, (_, index) => start + index * step);
}

/**
 * What the library's own `render` does, but for two of its functions: its `strftime_now` tells the time of day, which
 * no variable can take the place of, and its `range` has no end.
 */
export function renderJinja(
  program: Template["parsed"],
  date: Date,
  variables: Readonly<Record<string, unknown>>,
): string {
  const environment = new Environment();
  const constants = { false: false, true: true, none: null, False: false, True: true, None: null };
  const functions = {
    range,
    raise_exception: (message: string) => {
      throw new Error(message);
    },
    strftime_now: (format: string) => formatDate(date, format),
  };
  for (const [name, value] of Object.entries({ ...constants, ...functions, ...variables })) {
    environment.set(name, value);
  }
  return String((new Interpreter(environment).run(program) as { readonly value: unknown }).value);
}
