/** @file A label model and texts → the ranges of its activations, for computing in 8 bits. */
import { attentionMaskData } from "../models/attention-mask.ts";
import { activationRangesGraph, activationSites, type BlockRanges, type Range } from "../models/eight-bit.ts";
import { llamaParameters } from "../models/llama.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import { floats, ints64, type Runtime } from "../runtime/types.ts";
import { openTokenizer } from "../tokens/index.ts";

/** More would be of no use to 255 steps. */
const digits = (number: number): number => Number(number.toPrecision(4));

/** The least and the greatest number that each site of each block ever had; texts are cut into the model's windows. */
export async function activationRanges(
  { config, nerium, parameters, tokenizer: json }: ModelFolder,
  texts: readonly string[],
  runtime: Runtime,
): Promise<BlockRanges[]> {
  const { size } = nerium.window;
  const tokenizer = openTokenizer(json);
  const held = llamaParameters(config).map(({ name, shape }) => [name, floats(parameters.get(name)!, shape)]);
  const graph = activationRangesGraph({ ...config, maximumLength: size });
  await using session = await runtime.open(graph, { held: Object.fromEntries(held) });
  const lows = new Float64Array(config.layers * activationSites.length);
  const highs = new Float64Array(lows.length);
  for (const { ids } of await tokenizer.encodeBatch(texts)) {
    for (let start = 0; start < ids.length; start += size) {
      const window = ids.subarray(start, start + size);
      const { data, shape } = attentionMaskData([window.length], window.length, config);
      const ends = await session.run({
        ids: ints64(window, [1, window.length]),
        mask: floats(data, shape),
      });
      for (let site = 0; site < lows.length; site++) {
        lows[site] = Math.min(lows[site]!, ends[2 * site]!.data[0] as number);
        highs[site] = Math.max(highs[site]!, ends[2 * site + 1]!.data[0] as number);
      }
    }
  }
  return Array.from({ length: config.layers }, (_, layer) => {
    const rangeAt = (site: number): Range => {
      const place = layer * activationSites.length + site;
      return [digits(lows[place]!), digits(highs[place]!)];
    };
    return Object.fromEntries(
      activationSites.map((site, at) => [site, rangeAt(at)]),
    ) as unknown as BlockRanges;
  });
}
