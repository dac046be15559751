/** @file A JSON Lines row that is none → what is wrong with it. Apart from the reader, which starts faster without zod. */
import { z } from "zod";

const offset = z.int().nonnegative();
const entityShape = z
  .looseObject({
    start: offset,
    end: offset,
    label: z.string().min(1),
    text: z.string().nullish(),
    score: z.number().nullish(),
    ids: z.array(z.string()).nullish(),
    fragments: z.array(z.looseObject({ start: offset, end: offset })).nullish(),
  })
  .refine(
    ({ start, end, fragments }) => fragments?.every((part) => start <= part.start && part.end <= end) ?? true,
    "fragments that lie within start and end",
  );
const rowShape = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  text: z.string(),
  offsets: z.enum(["code-point", "utf-16"]).nullish(),
  entities: z.array(entityShape).nullish(),
});

/** The first fault, with its key. */
export function rowFault(row: unknown): string {
  const [first] = rowShape.safeParse(row).error?.issues ?? [];
  const key = first?.path.join(".") ?? "";
  return `${key === "" ? "row" : `key ${JSON.stringify(key)}`}: ${first?.message ?? "not as expected"}`;
}
