/** @file The body of a chat completion, streamed or whole → its text and what the server says about it, all sizes bounded. */
import { z } from "zod";

/** What is wrong with a body: asking again may help. */
export class BadBody extends Error {}

/** The server says in the midst of an answer that it cannot go on; `completion` is what there was. */
export class BrokenAnswer extends BadBody {
  readonly completion: Completion;
  constructor(message: string, completion: Completion) {
    super(message);
    this.completion = completion;
  }
}

export interface Completion {
  text: string;
  /** Why the server says it ended; absent if it broke off. */
  finish: string | undefined;
  usage: Usage | undefined;
  /** It went on far beyond what was asked for and was left there. */
  runaway: boolean;
}

const usageShape = z.object({
  prompt_tokens: z.number().nonnegative().catch(0),
  completion_tokens: z.number().nonnegative().catch(0),
  prompt_tokens_details: z
    .object({ cached_tokens: z.number().nonnegative().nullish() })
    .nullish()
    .catch(undefined),
});
export type Usage = z.infer<typeof usageShape>;

/** Parts of a stream have `delta`, whole answers `message`. */
const chunkShape = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        message: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: usageShape.nullish().catch(undefined),
  /** llama.cpp's way to fail when the status 200 is sent already. */
  error: z
    .union([z.string(), z.object({ message: z.string() })])
    .optional()
    .catch("unknown"),
});

/** A line of a stream that is longer is no answer. */
const longestLine = 1_000_000;

export interface ReadOptions {
  readonly streamed: boolean;
  /** From this many characters on, an answer is running away. */
  readonly mostCharacters: number;
  /** Called whenever something comes. */
  readonly onLife: () => void;
}

/** Throws BadBody for what is no completion, and for one that breaks off. */
export async function readCompletion(
  body: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): Promise<Completion> {
  const completion: Completion = { text: "", finish: undefined, usage: undefined, runaway: false };
  if (options.streamed) await readStream(body, options, completion);
  else
    take(parsed(await readText(body, 16 * options.mostCharacters + longestLine, options.onLife)), completion);
  if (completion.text.length > options.mostCharacters) completion.runaway = true;
  if (completion.finish === undefined && !completion.runaway) throw new BadBody("the answer breaks off");
  return completion;
}

/** Server-sent events: lines of `data: …`, the last of which is [DONE]. */
async function readStream(
  body: AsyncIterable<Uint8Array>,
  { mostCharacters, onLife }: ReadOptions,
  completion: Completion,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    onLife();
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > longestLine) throw new BadBody("a line of the answer never ends");
    for (const line of lines) {
      const data = /^data:\s?(.*?)\r?$/.exec(line)?.[1];
      if (data === undefined) continue; // comments, names of events
      if (data === "[DONE]") return;
      take(parsed(data), completion);
    }
    // Leaving the loop closes the connection, and the server stops writing.
    if (completion.text.length > mostCharacters) return;
  }
}

function take(chunk: z.infer<typeof chunkShape>, completion: Completion): void {
  const { error } = chunk;
  if (error !== undefined) {
    const message = typeof error === "string" ? error : error.message;
    throw new BrokenAnswer(`the server breaks its answer off: ${message.slice(0, 300)}`, completion);
  }
  const [choice] = chunk.choices;
  completion.text += choice?.delta?.content ?? choice?.message?.content ?? "";
  completion.finish = choice?.finish_reason ?? completion.finish;
  completion.usage = chunk.usage ?? completion.usage;
}

function parsed(data: string): z.infer<typeof chunkShape> {
  try {
    const { data: chunk } = chunkShape.safeParse(JSON.parse(data));
    if (chunk !== undefined) return chunk;
  } catch {
    // told below
  }
  throw new BadBody(`the answer is no chat completion: ${JSON.stringify(data.slice(0, 80))}`);
}

/** At most `limit` bytes of a body, as text. */
export async function readText(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  onLife: () => void = () => {},
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    onLife();
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString("utf8");
}
