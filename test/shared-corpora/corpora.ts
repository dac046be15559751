/** @file The files of the shared corpora, each with its independent parser. */
import { readdirSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { sharedFile } from "../shared-data.ts";
import type { Facts } from "./facts.ts";
import { parseBc2, parseBiocXml, parseBrat, parseKnowtator, parsePubTator } from "./parsers.ts";

export interface SharedCorpus {
  readonly path: string;
  readonly format: "pubtator" | "bioc-xml" | "brat" | "knowtator" | "bc2" | "bio";
  readonly evalPath?: string;
  readonly alternativesPath?: string;
}

export const corporaFolder = sharedFile("corpora");

/** Empty where the shared data are absent. */
export function sharedCorpora(): SharedCorpus[] {
  let names: string[] = [];
  try {
    names = readdirSync(corporaFolder, { recursive: true, encoding: "utf8" }).sort();
  } catch {
    return [];
  }
  return names.flatMap((name): SharedCorpus[] => {
    const path = sharedFile("corpora", ...name.split(/[/\\]/));
    if (/\.pubtator(?:\.txt)?$/.test(name)) return [{ path, format: "pubtator" }];
    if (name.endsWith(".brat.tar.gz")) return [{ path, format: "brat" }];
    if (name.endsWith(".knowtator.tar.gz")) return [{ path, format: "knowtator" }];
    if (/\.bioc\.xml$/i.test(name)) return [{ path, format: "bioc-xml" }];
    if (name.endsWith(".in")) {
      const stem = path.slice(0, -".in".length);
      return [
        { path, format: "bc2", evalPath: `${stem}.GENE.eval`, alternativesPath: `${stem}.ALTGENE.eval` },
      ];
    }
    if (name.endsWith(".tsv")) return [{ path, format: "bio" }];
    return [];
  });
}

/** Whether a run takes all files and all documents, and many minutes; else it takes the small ones and a sample. */
export const wholeCorpora = process.env["NERIUM_SHARED"] === "all";
const smallBytes = 300_000;

/** Name and corpus of those that the run takes whole. */
export function corporaOf(isWanted: (corpus: SharedCorpus) => boolean): (readonly [string, SharedCorpus])[] {
  return sharedCorpora()
    .filter((corpus) => isWanted(corpus) && (wholeCorpora || statSync(corpus.path).size <= smallBytes))
    .map((corpus) => [corpusName(corpus.path), corpus]);
}

/** What an independent parser finds; archives are unpacked into the folder. */
export function independentFacts({ path, format, evalPath }: SharedCorpus, folder: string): Facts[] {
  if (format === "pubtator") return parsePubTator(path);
  if (format === "bioc-xml") return parseBiocXml(path);
  if (format === "brat") return parseBrat(path, folder);
  if (format === "knowtator") return parseKnowtator(path, folder);
  if (format === "bc2") return parseBc2(path, evalPath!);
  throw new Error(`${format} has tokens, not texts`);
}

export function corpusName(path: string): string {
  return `${basename(dirname(path))}/${basename(path)}`;
}
