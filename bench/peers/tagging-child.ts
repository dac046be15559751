/** @file Messages with texts → tags them, with Nerium or with transformers.js, and says what that took. A process of its own. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Document } from "../../src/documents/index.ts";
import type * as Tagging from "../../src/tagging/index.ts";

/** What a child is told first. */
export type ChildSettings = NeriumSettings | TransformersSettings;

interface NeriumSettings {
  readonly tagger: "nerium";
  readonly threads: number;
  readonly precision: Tagging.PrecisionWish;
}

interface TransformersSettings {
  readonly tagger: "transformers.js";
  readonly threads: number;
  /** The folder whose node_modules hold it. */
  readonly installed: string;
  /** The model's folder, and texts in one call. */
  readonly model: string;
  readonly atOnce: number;
}

export interface ChildAnswer {
  readonly seconds: number;
  /** Processor seconds of all threads. */
  readonly processor: number;
  /** Most memory that was resident, so far. */
  readonly peakBytes: number;
  readonly mentions: number;
}

type TagAll = (texts: readonly string[]) => Promise<number>;

/** The parts of transformers.js that are used; it is not installed with Nerium, so its own types are not there. */
interface Transformers {
  readonly env: Record<string, unknown>;
  readonly pipeline: (
    task: "token-classification",
    model: string,
    options: unknown,
  ) => Promise<(texts: readonly string[]) => Promise<readonly (readonly unknown[])[]>>;
}

/** The built package, as people have it: the sources' loader would take memory in each thread. */
const builtTagging = new URL("../../dist/tagging/index.js", import.meta.url);

async function openNerium({ threads, precision }: NeriumSettings): Promise<TagAll> {
  if (!existsSync(builtTagging)) throw new Error("the package is not built; run npm run build before");
  const { openTagger } = (await import(builtTagging.href)) as typeof Tagging;
  const tagger = await openTagger({ threads, precision });
  return async (texts) => {
    async function* documents(): AsyncGenerator<Document> {
      for (const [index, text] of texts.entries())
        yield { id: `${index}`, passages: [{ text, mentions: [] }] };
    }
    let count = 0;
    for await (const { passages } of tagger.tag(documents())) count += passages[0]!.mentions.length;
    return count;
  };
}

async function openPeer({ threads, installed, model, atOnce }: TransformersSettings): Promise<TagAll> {
  const found = createRequire(join(installed, "x.js")).resolve("@huggingface/transformers");
  const { env, pipeline } = (await import(pathToFileURL(found).href)) as Transformers;
  Object.assign(env, { allowRemoteModels: false, localModelPath: join(model, "..") });
  const tag = await pipeline("token-classification", model.split("/").at(-1)!, {
    dtype: "fp32",
    device: "cpu",
    session_options: { intraOpNumThreads: threads, logSeverityLevel: 3 },
  });
  return async (texts) => {
    let count = 0;
    for (let start = 0; start < texts.length; start += atOnce) {
      for (const mentions of await tag(texts.slice(start, start + atOnce))) count += mentions.length;
    }
    return count;
  };
}

let tagAll: TagAll;
process.on("message", (message: ChildSettings | readonly string[]) => {
  const answer = async (): Promise<ChildAnswer | true> => {
    if (!Array.isArray(message)) {
      const settings = message as ChildSettings;
      tagAll = await (settings.tagger === "nerium" ? openNerium(settings) : openPeer(settings));
      return true;
    }
    const [start, before] = [performance.now(), process.cpuUsage()];
    const mentions = await tagAll(message as readonly string[]);
    const { user, system } = process.cpuUsage(before);
    return {
      seconds: (performance.now() - start) / 1000,
      processor: (user + system) / 1e6,
      peakBytes: process.resourceUsage().maxRSS * 1024,
      mentions,
    };
  };
  answer().then(
    (result) => process.send!({ result }),
    (error: Error) => process.send!({ error: error.message }),
  );
});
