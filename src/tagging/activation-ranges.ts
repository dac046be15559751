/** @file A label model and texts → the ranges of its activations, for computing in 8 bits. */
import { attentionMaskData } from "../models/attention-mask.ts";
import {
  activationRangesGraph,
  type ActivationSite,
  activationSites,
  type BlockRanges,
  type Range,
  shiftsOf,
  unitsOf,
} from "../models/eight-bit.ts";
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
  const ends: Float32Array[] = [];
  for (const { ids } of await tokenizer.encodeBatch(texts)) {
    for (let start = 0; start < ids.length; start += size) {
      const window = ids.subarray(start, start + size);
      const { data, shape } = attentionMaskData([window.length], window.length, config);
      const found = await session.run({
        ids: ints64(window, [1, window.length]),
        mask: floats(data, shape),
      });
      for (const [place, { data: channels }] of found.entries()) {
        const further = place % 2 === 0 ? Math.min : Math.max;
        ends[place] = (channels as Float32Array).map((end, at) => further(end, ends[place]?.[at] ?? end));
      }
    }
  }
  return Array.from({ length: config.layers }, (_, layer) => {
    const first = 2 * activationSites.length * layer;
    return blockRanges(ends.slice(first, first + 2 * activationSites.length));
  });
}

/** From the least and greatest numbers of each channel, site by site. */
function blockRanges(ends: readonly Float32Array[]): BlockRanges {
  const at = (site: ActivationSite): readonly [Float32Array, Float32Array] => {
    const place = 2 * activationSites.indexOf(site);
    return [ends[place]!, ends[place + 1]!];
  };
  const rangeOf = ([lows, highs]: readonly [Float32Array, Float32Array]): Range => [
    digits(lows.reduce((a, b) => Math.min(a, b))),
    digits(highs.reduce((a, b) => Math.max(a, b))),
  ];
  const [lows, highs] = at("gated");
  const gatedShifts = shiftsOf(
    lows.map((low, channel) => Math.max(Math.abs(low), Math.abs(highs[channel]!))),
  );
  const units = unitsOf(gatedShifts);
  const shifted = (channels: Float32Array): Float32Array =>
    channels.map((end, channel) => end / units[channel]!);
  return {
    attention: rangeOf(at("attention")),
    mixed: rangeOf(at("mixed")),
    feedForward: rangeOf(at("feedForward")),
    gated: rangeOf([shifted(lows), shifted(highs)]),
    gatedShifts,
  };
}
