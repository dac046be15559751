/** @file One system's documents on one corpus → compared, and counted under every convention that was asked for. */
import type { ComparedDocument, Pairing } from "./compared.ts";
import { compare, pairDocuments } from "./compared.ts";
import type { ConventionName, DocumentCounts, SpanLists } from "./conventions.ts";
import { countSpans } from "./conventions.ts";
import type { CorpusInput, DocumentsInput, ReportOptions } from "./report.ts";
import { spansOf } from "./spans.ts";

export interface View {
  readonly file: string;
  readonly pairing: Pairing;
  /** One for each gold document. */
  readonly compared: readonly ComparedDocument[];
  /** Of each convention one for each gold document. */
  readonly counts: ReadonlyMap<ConventionName, readonly DocumentCounts[]>;
}

export function viewOf(corpus: CorpusInput, input: DocumentsInput, options: ReportOptions): View {
  const pairing = pairDocuments(corpus.documents, input.documents);
  const compared = compare(corpus.documents, pairing, options.types);
  const lists = (name: ConventionName): readonly SpanLists[] => {
    if (name === "iob2") return strictLabels(corpus, input, options.types) ?? compared;
    return name === "bc2" ? withAlternatives(corpus, compared, options.types) : compared;
  };
  const counts = options.conventions.map(
    (name) => [name, lists(name).map((list) => countSpans(list, name))] as const,
  );
  return { file: input.file, pairing, compared, counts: new Map(counts) };
}

/** Undefined where neither side is a file of labels: then there is nothing to read more strictly. */
function strictLabels(
  corpus: CorpusInput,
  input: DocumentsInput,
  types: readonly string[] | undefined,
): ComparedDocument[] | undefined {
  if (corpus.iob2 === undefined && input.iob2 === undefined) return undefined;
  const gold = corpus.iob2 ?? corpus.documents;
  return compare(gold, pairDocuments(gold, input.iob2 ?? input.documents), types);
}

/** Alternatives are matched by id; a document without any has none. */
function withAlternatives(
  { alternatives = [] }: CorpusInput,
  compared: readonly ComparedDocument[],
  types: readonly string[] | undefined,
): SpanLists[] {
  const byId = new Map(alternatives.map((document) => [document.id, document]));
  return compared.map(({ id, gold, predicted }) => {
    const document = byId.get(id);
    return { gold, predicted, alternatives: document === undefined ? [] : spansOf(document, types) };
  });
}
