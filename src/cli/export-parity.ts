/** @file A model and what was exported of it → how far apart their scores for some prompts are. */
import { forwardScores, type ForwardModel } from "../adapters/forward.ts";
import type { AdaptedModel } from "../adapters/open-adapted.ts";
import { compareScores } from "../adapters/parity.ts";
import { nf4Block } from "../formats/nf4.ts";
import { openWeights } from "../formats/open-weights.ts";
import { linearShapes } from "../models/llama.ts";
import { labelClasses } from "../models/token-classifier.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import type { ExportOptions } from "./export.ts";

export interface ParityRow {
  readonly form: string;
  /** Largest difference of a score; absent where the form was not compared. */
  readonly largest?: number;
  readonly changed?: number;
  readonly places?: number;
  /** Why it was not compared. */
  readonly note?: string;
}

const usualPrompts = [
  "Metformin lowers the risk of hepatocellular carcinoma in patients with type 2 diabetes mellitus.",
  "BRCA1-deficient mice treated with cisplatin developed nephrotoxicity.",
  "No mutation of TP53 was found in Drosophila melanogaster.",
];

/** Longer texts would make the report slow and tell no more. */
const mostTokens = 128;

export async function exportParity(model: AdaptedModel, options: ExportOptions): Promise<ParityRow[]> {
  const { weights, adapter, heads, config } = model;
  const prompts = await promptIds(model, options.prompt ?? usualPrompts);
  const usual: ForwardModel = {
    config: config.network,
    source: weights,
    storage: "float32",
    ...(adapter && { adapter }),
    ...(heads && { heads }),
  };
  const expected = await forwardScores(onnxRuntime, usual, prompts);
  const group = heads === undefined ? config.network.vocabularySize : labelClasses.length;
  const compared = async (form: string, other: ForwardModel): Promise<ParityRow> => ({
    form,
    ...compareScores(expected, await forwardScores(onnxRuntime, other, prompts), group),
  });
  const rows: ParityRow[] = [];
  if (options.to !== "gguf-adapter") {
    await using written = await openWeights(options.output);
    const { adapter: _, ...alone } = usual;
    rows.push(
      await compared(`${options.to}, ${options.type ?? "f16"}, as written`, { ...alone, source: written }),
    );
  } else rows.push({ form: "gguf-adapter", note: "the same matrices; load it beside its base" });
  const form = adapter === undefined ? "in 4 bits (NF4)" : "base in 4 bits (NF4), and adapter";
  const fits = linearShapes(config.network).every(
    ({ shape: [out, inner] }) => (out! * inner!) % nf4Block === 0,
  );
  rows.push(
    fits
      ? await compared(form, { ...usual, storage: "nf4", doubleQuantize: true })
      : { form, note: "its matrices are no whole blocks of 64" },
  );
  return rows;
}

async function promptIds(
  { tokenizer, config }: AdaptedModel,
  texts: readonly string[],
): Promise<Int32Array[]> {
  const begin = tokenizer.addBosToken ? config.beginId : undefined;
  const prompts: Int32Array[] = [];
  for (const text of texts) {
    const { ids } = await tokenizer.tokenizer.encode(text);
    prompts.push(Int32Array.from([...(begin === undefined ? [] : [begin]), ...ids].slice(0, mostTokens)));
  }
  return prompts;
}
