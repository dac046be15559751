/** @file The frozen blocks of a model → the same blocks on a device, parked once: 4-bit weights stay 4-bit weights there. */
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import type { DeviceRuntime, DeviceTensor } from "../runtime/types.ts";
import type { FrozenBlocks } from "./block-network.ts";

export interface ParkedBlocks extends FrozenBlocks, Disposable {}

export async function parkBlocks(
  device: DeviceRuntime,
  frozen: FrozenWeights,
  layers: number,
): Promise<ParkedBlocks> {
  const blocks: Record<string, DeviceTensor>[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const parked: Record<string, DeviceTensor> = {};
    for (const [name, tensor] of Object.entries(frozen.block(layer)))
      parked[name] = await device.park(tensor);
    blocks.push(parked);
  }
  return {
    // A step looks up a few of its rows, which are fed with the batch.
    embedding: frozen.embedding,
    block: (layer) => blocks[layer]!,
    [Symbol.dispose]() {
      for (const block of blocks) for (const tensor of Object.values(block)) tensor.dispose();
    },
  };
}
