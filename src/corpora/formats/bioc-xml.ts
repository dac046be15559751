/**
 * @file BioC XML → documents. Format: https://bioc.sourceforge.net/ (BioC.dtd); the writer is in `bioc-xml-write.ts`.
 *
 *     <document><id>26094</id><passage><infon key="type">title</infon><offset>0</offset><text>… depression …</text>
 *     <annotation id="0"><infon key="type">Disease</infon><infon key="MESH">D003866</infon>
 *     <location offset="27" length="10"/><text>depression</text></annotation></passage></document>
 *
 * Passages become passages, the infon "type" their kind or a mention's type, "identifier" or a database's name its
 * identifiers, "score" its score. All other infons, relations, ids and the file's source, date and key are carried.
 * Reading and writing gives the same tree; the bytes differ in white space between elements, quotes, escapes, comments
 * and the order of infons before and after other children.
 */
import type { Document } from "../../documents/index.ts";
import { ItemHandler, readXml } from "../xml.ts";
import type { XmlPlace } from "../xml.ts";
import type { BiocAnnotation, BiocBlock, BiocDocument, BiocPassage, BiocRelation } from "./bioc-model.ts";
import { toDocument } from "./bioc-read.ts";
import type { BiocReadOptions } from "./bioc-read.ts";

type Draft<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key];
};

/** Throws CORPUS_FORMAT with line and column for malformed XML and for elements in the wrong place. */
export function readBiocXml(
  source: AsyncIterable<Uint8Array>,
  options: BiocReadOptions,
): AsyncGenerator<Document> {
  return readXml(source, options, (place) => new BiocHandler(options, place));
}

const leaves = new Set(["source", "date", "key", "id", "infon", "offset", "text"]);
const empty = new Set(["location", "node"]);

/** The elements that are open, innermost last by kind; a class because it holds a parse's state. */
class BiocHandler extends ItemHandler<Document> {
  readonly #options: BiocReadOptions;
  readonly #collection = { source: "", date: "", key: "", infons: [] as [string, string][] };
  readonly #unknown = new Set<string>();
  #open = 0;
  #ignored = 0;
  #line = 0;
  #leaf: string | undefined;
  #text = "";
  #infonKey = "";
  #document: Draft<BiocDocument> | undefined;
  #passage: Draft<BiocPassage> | undefined;
  #sentence: Draft<BiocBlock> | undefined;
  #annotation: Draft<BiocAnnotation> | undefined;
  #relation: Draft<BiocRelation> | undefined;

  constructor(options: BiocReadOptions, place: () => XmlPlace) {
    super(options.file, place, "correct the file (xmllint --dtdvalid BioC.dtd shows its faults)");
    this.#options = options;
  }

  override text(text: string): void {
    if (this.#leaf !== undefined) this.#text += text;
  }

  override open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#open++ === 0 && name !== "collection") throw this.fault("<collection> first", `<${name}>`);
    if (this.#ignored > 0) this.#ignored++;
    else if (this.#leaf !== undefined) throw this.fault(`only text in <${this.#leaf}>`, `<${name}>`);
    else if (leaves.has(name)) this.#openLeaf(name, attributes);
    else if (empty.has(name)) this.#empty(name, attributes);
    else this.#openContainer(name, attributes);
  }

  #openLeaf(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#leaf = name;
    this.#text = "";
    if (name === "infon") this.#infonKey = attributes["key"] ?? "";
  }

  #openContainer(name: string, attributes: Readonly<Record<string, string>>): void {
    const id = attributes["id"];
    const block = this.#sentence ?? this.#passage;
    const free = this.#annotation === undefined && this.#relation === undefined;
    if (name === "document" && this.#document === undefined) {
      this.#line = this.line;
      this.#document = { id: "", infons: [], passages: [], relations: [] };
    } else if (name === "passage" && this.#document !== undefined && block === undefined && free) {
      this.#passage = { ...newBlock(), sentences: [] };
    } else if (name === "sentence" && this.#passage !== undefined && this.#sentence === undefined && free) {
      this.#sentence = newBlock();
    } else if (name === "annotation" && block !== undefined && free) {
      this.#annotation = { id, infons: [], locations: [] };
    } else if (name === "relation" && this.#document !== undefined && free) {
      this.#relation = { id, infons: [], nodes: [] };
    } else if (["collection", "document", "passage", "sentence", "annotation", "relation"].includes(name)) {
      if (name !== "collection" || this.#open > 1)
        throw this.fault("BioC's elements in BioC's order", `<${name}>`);
    } else this.#ignore(name);
  }

  #empty(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "location" && this.#annotation !== undefined) {
      const offset = this.#number(attributes["offset"], "a location's offset");
      const length = this.#number(attributes["length"], "a location's length");
      this.#annotation.locations.push({ offset, length });
    } else if (name === "node" && this.#relation !== undefined) {
      this.#relation.nodes.push({ refid: attributes["refid"] ?? "", role: attributes["role"] });
    } else throw this.fault("<location> in <annotation> and <node> in <relation>", `<${name}>`);
  }

  override close(name: string): void {
    this.#open--;
    if (this.#ignored > 0) this.#ignored--;
    else if (this.#leaf !== undefined) this.#closeLeaf(name);
    else if (!empty.has(name)) this.#closeContainer(name);
  }

  #closeLeaf(name: string): void {
    const text = this.#text;
    this.#leaf = undefined;
    const block = this.#sentence ?? this.#passage;
    if (name === "infon") {
      const owner = this.#annotation ?? this.#relation ?? block ?? this.#document ?? this.#collection;
      owner.infons.push([this.#infonKey, text]);
    } else if (name === "text") {
      const owner = this.#annotation ?? block;
      if (owner === undefined) throw this.fault("<text> in a passage", "one outside");
      owner.text = text;
    } else if (name === "offset" && block !== undefined) block.offset = this.#number(text, "an offset");
    else if (name === "id" && this.#document !== undefined) this.#document.id = text;
    else if (name === "source" || name === "date" || name === "key") this.#collection[name] = text;
    else throw this.fault("<offset> in a passage and <id> in a document", `<${name}>`);
  }

  #closeContainer(name: string): void {
    const block = this.#sentence ?? this.#passage;
    if (name === "annotation") {
      block!.annotations.push(this.#annotation!);
      this.#annotation = undefined;
    } else if (name === "relation") {
      (block ?? this.#document!).relations.push(this.#relation!);
      this.#relation = undefined;
    } else if (name === "sentence") {
      this.#passage!.sentences.push(this.#sentence!);
      this.#sentence = undefined;
    } else if (name === "passage") {
      this.#document!.passages.push(this.#passage!);
      this.#passage = undefined;
    } else if (name === "document") {
      const origin = { collection: this.#collection, line: this.#line };
      this.finish(toDocument(this.#document!, origin, this.#options));
      this.#document = undefined;
    }
  }

  #ignore(name: string): void {
    this.#ignored = 1;
    if (this.#unknown.has(name)) return;
    this.#unknown.add(name);
    const problem = `<${name}> is no element of BioC: left out, here and wherever it comes again`;
    this.#options.onIssue?.({
      kind: "unknown-element",
      file: this.#options.file,
      line: this.line,
      problem,
    });
  }

  #number(text: string | undefined, what: string): number {
    const trimmed = text?.trim() ?? "";
    if (/^-?\d{1,15}$/.test(trimmed)) return Number(trimmed);
    throw this.fault(`a whole number as ${what}`, JSON.stringify(text ?? null));
  }
}

function newBlock(): Draft<BiocBlock> {
  return { infons: [], offset: 0, annotations: [], relations: [] };
}
