/** @file One Knowtator XML file → its annotations and classes, as they are written. Knows nothing of texts. */
import type { Fragment } from "../../documents/index.ts";
import { ItemHandler, readXml } from "../xml.ts";
import type { XmlPlace } from "../xml.ts";

export interface KnowtatorAnnotation {
  readonly mention: string;
  /** In code points. */
  readonly spans: readonly Fragment[];
  readonly stated?: string | undefined;
  readonly line: number;
}

export interface KnowtatorFile {
  readonly annotations: readonly KnowtatorAnnotation[];
  /** The id of a mention → the id of its class. */
  readonly classes: ReadonlyMap<string, string>;
  /** How many annotators, class labels, comments and slots the file has: nothing that a document holds. */
  readonly details: number;
}

const details = new Set(["annotator", "annotationComment", "complexSlotMention", "hasSlotMention"]);

/** Yields one file. Throws CORPUS_FORMAT with line and column. */
export function parseKnowtator(
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<KnowtatorFile> {
  return readXml(source, { file }, (place) => new KnowtatorHandler(file, place));
}

class KnowtatorHandler extends ItemHandler<KnowtatorFile> {
  readonly #annotations: KnowtatorAnnotation[] = [];
  readonly #classes = new Map<string, string>();
  #details = 0;
  #depth = 0;
  #mention = "";
  #spans: Fragment[] = [];
  #stated: string | undefined;
  #line = 0;
  #class = "";
  #text: string | undefined;

  constructor(file: string, place: () => XmlPlace) {
    super(file, place, "is this Knowtator's XML? (Knowtator 2 projects have other elements)");
  }

  override text(text: string): void {
    if (this.#text !== undefined) this.#text += text;
  }

  override open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#depth++ === 0 && name !== "annotations") throw this.fault("<annotations> first", `<${name}>`);
    if (details.has(name)) this.#details++;
    if (name === "annotation") {
      this.#line = this.line;
      this.#mention = "";
      this.#spans = [];
      this.#stated = undefined;
    } else if (name === "mention") this.#mention = attributes["id"] ?? "";
    else if (name === "span") {
      const start = this.#number(attributes["start"]);
      this.#spans.push({ start, end: this.#number(attributes["end"]) });
    } else if (name === "spannedText") this.#text = "";
    else if (name === "classMention") this.#class = attributes["id"] ?? "";
    else if (name === "mentionClass") {
      this.#details++;
      this.#classes.set(this.#class, attributes["id"] ?? "");
    }
  }

  override close(name: string): void {
    this.#depth--;
    if (name === "spannedText") {
      this.#stated = this.#text;
      this.#text = undefined;
    } else if (name === "annotation") {
      this.#annotations.push({
        mention: this.#mention,
        spans: this.#spans,
        stated: this.#stated,
        line: this.#line,
      });
    } else if (name === "annotations" && this.#depth === 0) {
      this.finish({
        annotations: this.#annotations,
        classes: this.#classes,
        details: this.#details,
      });
    }
  }

  #number(text: string | undefined): number {
    if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
    throw this.fault("a whole number in <span>", JSON.stringify(text ?? null));
  }
}
