/** @file The beginning of JSON text → the keys of its first object, as far as they are there: by them formats are told. */

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/gs;

/** The keys of the object that the text begins with, or of the first one in the array that it begins with. */
export function firstKeys(text: string): ReadonlySet<string> {
  const keys = new Set<string>();
  const inner = text.replace(/^\s*\[/, "");
  if (!/^\s*\{/.test(inner)) return keys;
  let depth = 0;
  let last = "";
  for (const [found] of inner.matchAll(token)) {
    if (found === "{" || found === "[") depth++;
    else if (found === "}" || found === "]") depth--;
    else if (found === ":" && depth === 1) keys.add(last.slice(1, -1));
    if (depth === 0) break;
    last = found;
  }
  return keys;
}
