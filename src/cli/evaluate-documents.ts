/** @file Paired gold and predicted files → their documents, in memory, as the scorer takes them. */
import type { CorpusFormat, OnIssue } from "../corpora/index.ts";
import { collect, fileStem, mapTypes, openCorpus } from "../corpora/index.ts";
import type { Document } from "../documents/index.ts";
import type { CorpusInput, DocumentsInput } from "../scores/index.ts";
import type { CorpusFiles } from "./evaluate-files.ts";
import { isLabelled, readStrictly } from "./evaluate-labels.ts";

export interface DocumentOptions {
  readonly format?: CorpusFormat | undefined;
  readonly predFormat?: CorpusFormat | undefined;
  /** Renames gold types. */
  readonly map?: Readonly<Record<string, string>> | undefined;
  /** BioCreative II: the gold answers, and other answers that count as right. */
  readonly eval?: string | undefined;
  readonly alternatives?: string | undefined;
  /** Read files of labels strictly too. */
  readonly iob2: boolean;
  readonly onIssue: OnIssue;
}

/** Opens all files of one corpus. */
export async function readCorpusInput(files: CorpusFiles, options: DocumentOptions): Promise<CorpusInput> {
  const gold = await readGold(files.gold, options);
  const predictions: DocumentsInput[] = [];
  for (const path of files.predicted) predictions.push(await readPredicted(path, files.gold, options));
  const { alternatives } = options;
  if (alternatives === undefined) return { ...gold, name: files.name, predictions };
  const answers = openCorpus(files.gold, { format: "bc2", evalPath: alternatives });
  const mapped = await collect(mapTypes(answers, options.map ?? {}));
  return { ...gold, name: files.name, predictions, alternatives: mapped };
}

/** Gold documents, or training documents: their types are renamed. */
export async function readGold(path: string, options: DocumentOptions): Promise<DocumentsInput> {
  const { map = {}, onIssue } = options;
  const read = openCorpus(path, { format: options.format, evalPath: options.eval, onIssue });
  const documents = await collect(mapTypes(read, map));
  if (!options.iob2 || !isLabelled(path, options.format)) return { file: path, documents };
  const strict = streamDocuments(await readStrictly(path));
  return { file: path, documents, iob2: await collect(mapTypes(strict, map)) };
}

async function readPredicted(path: string, gold: string, options: DocumentOptions): Promise<DocumentsInput> {
  const { onIssue } = options;
  if (isSubmission(path)) {
    // BioCreative II's submissions have no sentences of their own: they are about gold's.
    return {
      file: path,
      documents: await collect(openCorpus(gold, { format: "bc2", evalPath: path, onIssue })),
    };
  }
  const documents = await collect(openCorpus(path, { format: options.predFormat, onIssue }));
  const labels = isLabelled(path, options.predFormat);
  const rename = (list: readonly Document[]): readonly Document[] =>
    labels && isLabelled(gold, options.format) ? withStem(list, fileStem(path), fileStem(gold)) : list;
  return {
    file: path,
    documents: rename(documents),
    iob2: labels && options.iob2 ? rename(await readStrictly(path)) : undefined,
  };
}

/** Whether a file holds answers in BioCreative II's form, without the sentences. */
export function isSubmission(path: string): boolean {
  return /\.eval$/i.test(path);
}

/** Files of labels have no ids, their sentences are numbered (`stem:1`): the same numbers mean the same sentences. */
function withStem(documents: readonly Document[], from: string, to: string): Document[] {
  return documents.map((document) =>
    document.id.startsWith(`${from}:`) ? { ...document, id: to + document.id.slice(from.length) } : document,
  );
}

/** Documents that are in memory as a stream; not as arguments of a call, of which there cannot be a hundred thousand. */
export async function* streamDocuments(documents: readonly Document[]): AsyncGenerator<Document> {
  yield* documents;
}

/** Where one file holds the predictions for several corpora: what belongs to another is not extra. */
export function withoutOthers(corpora: readonly CorpusInput[]): CorpusInput[] {
  const ids = corpora.map(({ documents }) => new Set(documents.map(({ id }) => id)));
  const anywhere = new Set(ids.flatMap((own) => [...own]));
  return corpora.map((corpus, at) => {
    const isShared = ({ file }: DocumentsInput, system: number): boolean =>
      corpora.some((other) => other !== corpus && other.predictions[system]!.file === file);
    const isOwn = ({ id }: Document): boolean => ids[at]!.has(id) || !anywhere.has(id);
    const predictions = corpus.predictions.map((input, system) =>
      isShared(input, system) ? { ...input, documents: input.documents.filter(isOwn) } : input,
    );
    return { ...corpus, predictions };
  });
}
