/** @file CRAFT's archive or folder, or one annotation file → documents: texts and annotations are found by name. */
import { createReadStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Document } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { exists, isFolder, readFolder, readWhole } from "../files.ts";
import type { ReadOptions } from "../issues.ts";
import { readTar } from "../tar.ts";
import type { NamedFile } from "../tar.ts";
import { toCraftDocument } from "./knowtator.ts";

/** All of an archive has to be at hand before the first article is whole; CRAFT 5 has 40 MB. */
const maxBytes = 512 * 1024 * 1024;
const wantedName = /(?:^|\/)(?!\._)([^/]+)\.txt(\.knowtator\.xml|\.xml)?$/;

interface Article {
  text?: NamedFile;
  readonly annotations: NamedFile[];
}

/** The articles of a .tar or .tar.gz archive, in the archive's order of texts. */
export function readKnowtator(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  const files = readTar(source, { file: options.file, wanted: isWanted });
  return readKnowtatorFiles(inside(options.file, files), options);
}

/** The articles of a folder, of an archive, or of one annotation file. `options.file` is the path. */
export async function* readKnowtatorPath(options: ReadOptions): AsyncGenerator<Document> {
  const path = options.file;
  if (await isFolder(path)) yield* readKnowtatorFiles(inside(path, readFolder(path, isWanted)), options);
  else if (path.endsWith(".xml")) yield* readKnowtatorFiles(withText(path), options);
  else yield* readKnowtator(createReadStream(path), options);
}

/** Messages say where a file lies. */
async function* inside(whole: string, files: AsyncIterable<NamedFile>): AsyncGenerator<NamedFile> {
  for await (const { path, bytes } of files) yield { path: `${whole}/${path}`, bytes };
}

function isWanted(path: string): boolean {
  return wantedName.test(path);
}

/** The text stands beside the annotation, or where CRAFT has its texts. */
async function* withText(path: string): AsyncGenerator<NamedFile> {
  const text = basename(path).replace(/(?:\.knowtator)?\.xml$/, "");
  const places = [dirname(path), join(dirname(path), "../../../../articles/txt")];
  for (const folder of places) {
    if (!(await exists(join(folder, text)))) continue;
    yield { path: join(folder, text), bytes: await readWhole(join(folder, text)) };
    yield { path, bytes: await readWhole(path) };
    return;
  }
  const problem = `expected the text ${text} in ${places.join(" or ")}; put it beside the annotation`;
  throw new NeriumError("UNREADABLE", problem, { file: path });
}

/** Groups files by the text's name. Annotations without text are reported, texts without annotations are no articles. */
export async function* readKnowtatorFiles(
  files: AsyncIterable<NamedFile>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  const articles = new Map<string, Article>();
  let bytes = 0;
  for await (const file of files) {
    const [, id, xml] = wantedName.exec(file.path)!;
    const article: Article = articles.get(id!) ?? { annotations: [] };
    articles.set(id!, article);
    if (xml === undefined) article.text = file;
    else article.annotations.push(file);
    bytes += file.bytes.length;
    if (bytes > maxBytes) throw tooMuch(options.file);
  }
  for (const [id, { text, annotations }] of articles) {
    articles.delete(id);
    if (annotations.length === 0) continue;
    if (text === undefined) reportAlone(id, annotations.length, options);
    else yield await toCraftDocument(id, text, annotations, options);
  }
}

function reportAlone(id: string, count: number, { file, onIssue }: ReadOptions): void {
  const problem = `${count} annotation files left out: there is no ${id}.txt`;
  onIssue?.({ kind: "file-without-partner", count, file, document: id, problem });
}

function tooMuch(file: string): NeriumError {
  const problem = `expected at most ${maxBytes} bytes of texts and annotations; unpack the archive and give parts of it`;
  return new NeriumError("CORPUS_FORMAT", problem, { file });
}
