/** @file A file's name and first characters → its format, or an error that says what to do. */
import { NeriumError } from "../errors.ts";
import { corpusFormats, formatEntry } from "./registry.ts";
import type { CorpusFormat } from "./registry.ts";

/** Files that would otherwise be taken for plain text and quietly lose all their mentions. */
const foreignSuffixes = new Set(["html", "pdf", "doc", "docx", "zip", "csv", "xlsx"]);

/** How much of a file's beginning is worth reading, and how much is looked at where it is not JSON. */
export const sniffedBytes = 1 << 18;
const sniffedText = 4096;

/**
 * The format of a file by its suffix (`.gz` after it is fine). Where formats share a suffix (.txt, .json, .xml …), and
 * for standard input and unknown suffixes, what the file begins with decides, if that is given. Throws USAGE for files
 * of which it is known that they are none of ours, and where name and beginning leave it open.
 */
export function formatOf(path: string, start = ""): CorpusFormat {
  const { suffix, formats } = bySuffix(path);
  const [only, ...others] = formats;
  if (only !== undefined && others.length === 0) return only;
  const whole = start.replace(/^\uFEFF?\s*/, "");
  // The keys that tell JSON's formats apart may stand behind a long text; elsewhere the first lines say it all.
  const text = /^[[{]/.test(whole) ? whole : whole.slice(0, sniffedText);
  const candidates = only === undefined ? corpusFormats : formats;
  const seen = candidates.find((format) => formatEntry(format).sniff?.(text) === true);
  const found = seen ?? formats.find((format) => formatEntry(format).suffixes[0] === suffix);
  if (found !== undefined) return found;
  if (only === undefined && !foreignSuffixes.has(suffix)) return "text";
  const among = only === undefined ? corpusFormats : formats;
  const problem = `cannot tell the format of this .${suffix} file; give it (one of ${among.join(", ")}), or convert the file`;
  throw new NeriumError("USAGE", problem, { file: path });
}

/** Whether a file's name alone says that it is, or may be, of one of our formats. */
export function hasCorpusSuffix(path: string): boolean {
  return bySuffix(path).formats.length > 0;
}

/** A file name's suffix for a format, with its dot. */
export function suffixOf(format: CorpusFormat): string {
  return `.${formatEntry(format).suffixes[0]!}`;
}

/** The formats that know a file's longest known suffix: for `x.bioc.xml`, "bioc.xml" before "xml". */
function bySuffix(path: string): { readonly suffix: string; readonly formats: readonly CorpusFormat[] } {
  const name = path
    .split(/[/\\]/)
    .at(-1)!
    .toLowerCase()
    .replace(/\.gz$/, "")
    .replace(/\.tgz$/, ".tar");
  const parts = name.split(".").slice(1);
  // An archive of a format's files: `x.bio.tar`. Those that are archives by nature have "brat.tar" in their entry.
  if (parts.at(-1) === "tar" && formatsWith(parts.slice(-2).join(".")).length === 0) {
    const formats = formatsWith(parts.at(-2) ?? "");
    if (formats.length > 0) return { suffix: parts.at(-2)!, formats };
  }
  for (let first = Math.max(0, parts.length - 2); first < parts.length; first++) {
    const suffix = parts.slice(first).join(".");
    const formats = formatsWith(suffix);
    if (formats.length > 0) return { suffix, formats };
  }
  return { suffix: parts.at(-1) ?? "", formats: [] };
}

function formatsWith(suffix: string): readonly CorpusFormat[] {
  return corpusFormats.filter((format) => formatEntry(format).suffixes.includes(suffix));
}
