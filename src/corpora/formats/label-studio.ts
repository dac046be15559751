/**
 * @file Label Studio's tasks as JSON → documents; the writer is in `label-studio-write.ts`.
 * Format: https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions. Offsets count UTF-16
 * units, as the browser does.
 *
 * Of a task's annotations the first that was not cancelled is read, of a task without one the first prediction; spans
 * are its results of type "labels". All else (further annotations, relations, choices, ids and names of results) is
 * kept and written back. Reading and writing gives equal JSON values, one task a line; spans come before other results,
 * and one with several labels becomes several.
 */
import { z } from "zod";
import type { Document, Mention } from "../../documents/index.ts";
import { fileStem } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readJsonValues } from "../json-values.ts";
import type { JsonValue } from "../json-values.ts";
import { carriedKeys, checkedValue, spanPlacer } from "./flat.ts";

const offset = z.int().nonnegative();
const spanShape = z.looseObject({
  type: z.literal("labels"),
  value: z.looseObject({
    start: offset,
    end: offset,
    text: z.string().nullish(),
    labels: z.array(z.string().min(1)).min(1),
  }),
  score: z.number().nullish(),
  meta: z.looseObject({ ids: z.array(z.string()).optional() }).nullish(),
});
const resultShape = z.looseObject({ type: z.string().nullish() });
const roundShape = z.looseObject({
  was_cancelled: z.boolean().nullish(),
  result: z.array(resultShape),
});
const taskShape = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  data: z.record(z.string(), z.unknown()),
  annotations: z.array(roundShape).nullish(),
  predictions: z.array(roundShape).nullish(),
});
type Task = z.output<typeof taskShape>;

/** What the writer needs of a task, beside its text and mentions. */
export interface CarriedTask {
  /** The task without the results that became mentions. */
  readonly task: Readonly<Record<string, unknown>>;
  /** The key of `data` that is the text. */
  readonly key: string;
  /** Where the mentions' results stood. */
  readonly from: "annotations" | "predictions";
  readonly index: number;
}

const expected =
  '{"data":{"text"},"annotations":[{"result":[{"type":"labels","value":{"start","end","labels":["Disease"]}}]}]}';

/** Yields one document of one passage a task. Throws CORPUS_FORMAT with the line on which the task begins. */
export async function* readLabelStudio(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  const stem = fileStem(options.file);
  let count = 0;
  for await (const item of readJsonValues(source, options)) {
    yield toDocument(item, `${stem}:${++count}`, options);
  }
}

function toDocument(item: JsonValue, fallbackId: string, options: ReadOptions): Document {
  const task = checkedValue(taskShape, item, expected, options);
  const key = typeof task.data["text"] === "string" ? "text" : (firstTextKey(task.data) ?? "text");
  const text = checkedValue(
    z.string(),
    { ...item, value: task.data[key] },
    "a text in a task's data",
    options,
  );
  const { from, index } = chosenRound(task);
  const id = String(ownId(task.data) ?? task.id ?? fallbackId);
  const place = spanPlacer(text, "utf-16", item.line, options);
  const spans = (task[from]?.[index]?.result ?? []).filter(({ type }) => type === "labels");
  const mentions = spans.flatMap((span) => {
    const checked = checkedValue(spanShape, { ...item, value: span }, expected, options);
    return toMentions(checked, text, place);
  });
  const stated = mentions.filter((mention) => mention.stated !== undefined).length;
  if (stated > 0) {
    const problem = `${stated} results state another text than stands at their offsets: both kept`;
    const where = { file: options.file, line: item.line, document: id };
    options.onIssue?.({ kind: "stated-text-kept", count: stated, ...where, problem });
  }
  const rest: CarriedTask = { task: withoutSpans(task, from, index), key, from, index };
  return { id, passages: [{ text, mentions }], ...layoutOrCarried(rest, id) };
}

function firstTextKey(data: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(data).find((key) => typeof data[key] === "string");
}

function ownId({ id }: Readonly<Record<string, unknown>>): string | number | undefined {
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

function chosenRound({ annotations, predictions }: Task): Pick<CarriedTask, "from" | "index"> {
  const index = (annotations ?? []).findIndex(({ was_cancelled }) => was_cancelled !== true);
  if (index >= 0) return { from: "annotations", index };
  return { from: (predictions ?? []).length > 0 ? "predictions" : "annotations", index: 0 };
}

/** A result may have several labels: each is a mention. */
function toMentions(
  { type: _, value, score, meta, ...extra }: z.output<typeof spanShape>,
  text: string,
  place: ReturnType<typeof spanPlacer>,
): Mention[] {
  const { start, end, text: stated, labels, ...further } = value;
  const { ids, ...otherMeta } = meta ?? {};
  const span = place({ start, end });
  const keys = {
    ...extra,
    ...(Object.keys(further).length > 0 && { value: further }),
    ...(Object.keys(otherMeta).length > 0 && { meta: otherMeta }),
  };
  const differs = stated != null && stated !== text.slice(span.start, span.end);
  return labels.map((type) => ({
    ...span,
    type,
    ...(ids !== undefined && { ids }),
    ...(score != null && { score }),
    ...(differs && { stated }),
    ...carriedKeys(isPlain(keys) ? "label-studio-layout" : "label-studio", keys),
  }));
}

/** Names of a result that mean nothing outside of its project. */
function isPlain(keys: object): boolean {
  return Object.keys(keys).every((key) => ["id", "from_name", "to_name", "origin"].includes(key));
}

function withoutSpans(task: Task, from: CarriedTask["from"], index: number): CarriedTask["task"] {
  const rounds = task[from]?.map((round, place) =>
    place === index ? { ...round, result: round.result.filter(({ type }) => type !== "labels") } : round,
  );
  return { ...task, data: task.data, ...(rounds != null && { [from]: rounds }) };
}

/** A task with more than its text is something that other formats lose; the bare frame of one is not. */
function layoutOrCarried(rest: CarriedTask, id: string): Pick<Document, "carried"> {
  const { id: _, data, annotations, predictions, ...others } = rest.task as Task;
  const rounds = [...(annotations ?? []), ...(predictions ?? [])];
  const { [rest.key]: __, ...otherData } = data;
  const more =
    Object.keys(others).length > 0 ||
    rounds.length > 1 ||
    rounds.some(({ result }) => result.length > 0) ||
    Object.entries(otherData).some(([key, value]) => key !== "id" || String(value) !== id);
  return carriedKeys(more ? "label-studio" : "label-studio-layout", rest);
}
