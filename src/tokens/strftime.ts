/** @file A date and a format of C's strftime → text, in English and UTC; what chat templates ask for. */

const months = "January February March April May June July August September October November December".split(
  " ",
);
const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const two = (value: number): string => String(value).padStart(2, "0");

const parts: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  B: (date) => months[date.getUTCMonth()]!,
  b: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  d: (date) => two(date.getUTCDate()),
  A: (date) => days[date.getUTCDay()]!,
  a: (date) => days[date.getUTCDay()]!.slice(0, 3),
  H: (date) => two(date.getUTCHours()),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  "%": () => "%",
};

/** Unknown letters stay as they are. */
export function formatDate(date: Date, format: string): string {
  return format.replace(/%([A-Za-z%])/g, (whole, letter: string) => parts[letter]?.(date) ?? whole);
}
