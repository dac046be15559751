/** @file Documents of any origin → Label Studio's tasks as JSON, the inverse of `label-studio.ts`. */
import type { Carried, Document, Mention } from "../../documents/index.ts";
import type { WriteOptions } from "../issues.ts";
import { flattened, jsonId, keysBack, reportFlat } from "./flat.ts";
import type { FlatMention } from "./flat.ts";
import type { CarriedTask } from "./label-studio.ts";

/**
 * Yields the pieces of one array, a task a line, ready to be imported for a labelling configuration with
 * `<Labels name="label" toName="text">` and `<Text name="text" value="$text">`. Mentions with scores are written as
 * predictions, others as annotations; `data.id` is the document's id, `meta.ids` a mention's identifiers.
 */
export async function* writeLabelStudio(
  documents: AsyncIterable<Document>,
  { onIssue }: WriteOptions = {},
): AsyncGenerator<string> {
  let before = "[\n";
  for await (const document of documents) {
    reportFlat(document, "label-studio", [], onIssue);
    yield `${before}${JSON.stringify(toTask(document))}`;
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

function toTask(document: Document): object {
  const { text, mentions } = flattened(document, "utf-16");
  const kept = carriedTask(document.carried);
  const result = mentions.map((mention, index) => toResult(text, mention, index));
  const from = mentions.some(({ mention }) => mention.score !== undefined) ? "predictions" : "annotations";
  if (kept === undefined) return { data: { text, id: jsonId(document.id) }, [from]: [{ result }] };
  const rounds = (kept.task[kept.from] ?? []) as readonly { readonly result: readonly unknown[] }[];
  const filled = rounds.map((round, place) =>
    place === kept.index ? { ...round, result: [...result, ...round.result] } : round,
  );
  const data = { ...(kept.task["data"] as object), [kept.key]: text };
  return { ...kept.task, data, [kept.from]: rounds.length > 0 ? filled : [{ result }] };
}

function carriedTask(carried: readonly Carried[] | undefined): CarriedTask | undefined {
  const part = carried?.find(({ format }) => format.startsWith("label-studio"));
  return part === undefined ? undefined : (JSON.parse(part.lines[0] ?? "null") as CarriedTask);
}

function toResult(text: string, { start, end, mention }: FlatMention, index: number): object {
  const kept = {
    ...keysBack("label-studio-layout", mention.carried),
    ...keysBack("label-studio", mention.carried),
  };
  const { value, meta, ...names } = kept;
  const ids = mention.ids === undefined ? {} : { ids: mention.ids };
  const allMeta = { ...(meta as object | undefined), ...ids };
  return {
    id: `m${index + 1}`,
    from_name: "label",
    to_name: "text",
    ...names,
    type: "labels",
    value: {
      start,
      end,
      text: mention.stated ?? text.slice(start, end),
      labels: [mention.type],
      ...(value as object | undefined),
    },
    ...scoreOf(mention),
    ...(Object.keys(allMeta).length > 0 && { meta: allMeta }),
  };
}

function scoreOf({ score }: Mention): { score?: number } {
  return score === undefined ? {} : { score };
}
