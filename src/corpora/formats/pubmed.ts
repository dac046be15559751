/**
 * @file PubMed's baseline, update and efetch XML → documents without mentions, one a citation. Format:
 * https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd; files: https://ftp.ncbi.nlm.nih.gov/pubmed/baseline/.
 *
 *     <PubmedArticle><MedlineCitation><PMID Version="1">1</PMID><Article><ArticleTitle>Of <i>E. coli</i></ArticleTitle>
 *     <Abstract><AbstractText Label="AIM">To …</AbstractText><AbstractText>…</AbstractText></Abstract></Article>…
 *
 * The id is the PMID; the passages are the title and, where there is one, the abstract: its parts are joined by spaces,
 * each with its label ("AIM: To …"), as PubTator and PubMed's own text have them. Tags inside of a text (i, sup, MathML)
 * are left out and their text is kept; abstracts in other languages and all other elements are left out.
 */
import type { Document } from "../../documents/index.ts";
import { shortened } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { ItemHandler, readXml } from "../xml.ts";
import type { XmlPlace } from "../xml.ts";

/** The roots of baseline files and of efetch; a lone article is fine too. */
const roots = new Set(["PubmedArticleSet", "PubmedArticle", "PubmedBookArticleSet", "PubmedBookArticle"]);
const articles = new Set(["PubmedArticle", "PubmedBookArticle"]);
const maxExamples = 20;
/** A citation has 100 kB at most, but for some with thousands of authors. */
const maxArticleBytes = 64 * 1024 * 1024;

/** Throws CORPUS_FORMAT with line and column. Citations that an update file deletes are counted and reported. */
export async function* readPubmed(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  const handlers: PubmedHandler[] = [];
  yield* readXml(source, { file: options.file, maxItemBytes: maxArticleBytes }, (place) => {
    const handler = new PubmedHandler(options.file, place);
    handlers.push(handler);
    return handler;
  });
  const { deleted: count, examples } = handlers[0]!;
  if (count === 0) return;
  const some = examples.join(", ") + (count > examples.length ? " …" : "");
  const problem = `the file deletes the citations ${some}: remove them from what earlier files gave`;
  options.onIssue?.({ kind: "deleted-citations-noted", count, file: options.file, problem });
}

class PubmedHandler extends ItemHandler<Document> {
  deleted = 0;
  /** The first of the deleted PMIDs. */
  readonly examples: string[] = [];
  #depth = 0;
  #inArticle = false;
  #inAbstract = false;
  #inDeleted = false;
  #id = "";
  #title: string | undefined;
  #bookTitle: string | undefined;
  #abstract: string[] = [];
  #label = "";
  /** The element whose text is collected, and how deep it lies. */
  #leaf: string | undefined;
  #leafDepth = 0;
  #text = "";

  constructor(file: string, place: () => XmlPlace) {
    super(file, place, "is this PubMed's XML?");
  }

  override text(text: string): void {
    if (this.#leaf !== undefined) this.#text += text;
  }

  override open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#depth++ === 0 && !roots.has(name)) throw this.fault("<PubmedArticleSet> first", `<${name}>`);
    if (this.#leaf !== undefined) return;
    if (articles.has(name)) this.#begin();
    else if (name === "DeleteCitation") this.#inDeleted = true;
    else if (name === "PMID" && this.#inDeleted) this.#beginLeaf(name, attributes);
    else if (!this.#inArticle) return;
    else if (name === "Abstract") this.#inAbstract = true;
    else if (this.#isLeaf(name)) this.#beginLeaf(name, attributes);
  }

  #beginLeaf(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#leaf = name;
    this.#leafDepth = this.#depth;
    this.#text = "";
    this.#label = attributes["Label"] ?? "";
  }

  #begin(): void {
    this.#inArticle = true;
    this.#id = "";
    this.#title = undefined;
    this.#bookTitle = undefined;
    this.#abstract = [];
  }

  /** The first PMID is the citation's own; further ones are those of comments and corrections. */
  #isLeaf(name: string): boolean {
    if (name === "AbstractText") return this.#inAbstract;
    if (name === "PMID") return this.#id === "";
    if (name === "ArticleTitle") return this.#title === undefined;
    return name === "BookTitle" && this.#bookTitle === undefined;
  }

  override close(name: string): void {
    const depth = this.#depth--;
    if (this.#leaf !== undefined) {
      if (depth === this.#leafDepth) this.#closeLeaf(this.#leaf);
      return;
    }
    if (name === "Abstract") this.#inAbstract = false;
    else if (name === "DeleteCitation") this.#inDeleted = false;
    else if (articles.has(name)) this.#finish();
  }

  #closeLeaf(name: string): void {
    this.#leaf = undefined;
    if (name === "PMID" && this.#inDeleted) {
      this.deleted++;
      if (this.examples.length < maxExamples) this.examples.push(shortened(this.#text.trim()));
    } else if (name === "PMID") this.#id = this.#text.trim();
    else if (name === "ArticleTitle") this.#title = this.#text;
    else if (name === "BookTitle") this.#bookTitle = this.#text;
    else if (this.#text !== "")
      this.#abstract.push(this.#label === "" ? this.#text : `${this.#label}: ${this.#text}`);
  }

  #finish(): void {
    this.#inArticle = false;
    if (this.#id === "") throw this.fault("a <PMID> in every article", "none");
    const passages = [{ text: this.#title ?? this.#bookTitle ?? "", kind: "title", mentions: [] }];
    if (this.#abstract.length > 0)
      passages.push({ text: this.#abstract.join(" "), kind: "abstract", mentions: [] });
    this.finish({ id: this.#id, passages });
  }
}
