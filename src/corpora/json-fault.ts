/** @file JSON text that `JSON.parse` refused → where its first fault is: V8 does not always say. */

export interface JsonFault {
  /** UTF-16 offset in the text. */
  readonly offset: number;
  readonly expected: string;
}

const space = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const string = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?/y;

/** Undefined for sound JSON. Keeps its own stack: no nesting makes it fail. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ("{" | "[")[] = [];
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const takeOne = (character: string): boolean => {
    take(space);
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  /** What stands before a value in an object. */
  const key = (): string | undefined => {
    take(space);
    if (!take(string)) return "a key in double quotes";
    return takeOne(":") ? undefined : '":" after a key';
  };
  while (true) {
    // A value, as deep as it opens.
    let fault: string | undefined;
    take(space);
    if (takeOne("{")) {
      if (!takeOne("}")) {
        open.push("{");
        fault = key();
        if (fault !== undefined) return { offset: at, expected: fault };
        continue;
      }
    } else if (takeOne("[")) {
      if (!takeOne("]")) {
        open.push("[");
        continue;
      }
    } else if (!take(string) && !take(scalar)) return { offset: at, expected: "a value" };
    // What follows a value.
    while (open.length > 0 && takeOne(open.at(-1) === "{" ? "}" : "]")) open.pop();
    take(space);
    if (open.length === 0) return at === text.length ? undefined : { offset: at, expected: "the end" };
    if (!takeOne(",")) return { offset: at, expected: open.at(-1) === "{" ? '"," or "}"' : '"," or "]"' };
    if (open.at(-1) === "{") fault = key();
    if (fault !== undefined) return { offset: at, expected: fault };
  }
}
