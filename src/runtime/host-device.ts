/**
 * @file A runtime → the same runtime with device tensors, which are arrays of this process. The interface costs nothing
 * here, so that what is written for devices is tested on every machine.
 */
import type {
  AnyTensor,
  DeviceName,
  DeviceRuntime,
  DeviceTensor,
  Feeds,
  Runtime,
  Tensor,
  Tensors,
} from "./types.ts";

class ParkedTensor implements DeviceTensor {
  readonly type: Tensor["type"];
  readonly shape: readonly number[];
  #tensor: Tensor | undefined;
  readonly #onDispose: () => void;

  constructor(tensor: Tensor, onDispose: () => void) {
    this.type = tensor.type;
    this.shape = tensor.shape;
    this.#tensor = tensor;
    this.#onDispose = onDispose;
  }

  get tensor(): Tensor {
    if (this.#tensor === undefined) throw new Error("internal: a device tensor is used after its end");
    return this.#tensor;
  }

  dispose(): void {
    if (this.#tensor === undefined) return;
    this.#tensor = undefined;
    this.#onDispose();
  }
}

function unwrapped(tensor: AnyTensor): Tensor {
  if (tensor instanceof ParkedTensor) return tensor.tensor;
  if ("data" in tensor) return tensor;
  throw new Error("internal: a tensor of another device");
}

const allUnwrapped = (feeds: Feeds): Tensors =>
  Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, unwrapped(tensor)]));

export function deviceOver(runtime: Runtime, device: DeviceName): DeviceRuntime {
  let live = 0;
  const parked = (tensor: Tensor): DeviceTensor => {
    live++;
    return new ParkedTensor(tensor, () => live--);
  };
  return {
    name: runtime.name,
    device,
    async open(graph, options = {}) {
      const session = await runtime.open(graph, { ...options, device });
      return {
        run: (feeds) => session.run(allUnwrapped(feeds)),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
    async openResident(graph, kept, options = {}) {
      const session = await runtime.open(graph, { ...options, device });
      const names = new Set(kept.map(({ name }) => name));
      return {
        async run(feeds) {
          const outputs = await session.run(allUnwrapped(feeds));
          return outputs.map((tensor, place) =>
            names.has(graph.outputs[place]!.name) ? parked(tensor) : tensor,
          );
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
    park: async (tensor) => parked({ ...tensor, data: tensor.data.slice() }),
    read: async (tensor) => {
      const { type, shape, data } = unwrapped(tensor);
      return { type, shape, data: data.slice() };
    },
    liveTensors: () => live,
  };
}
