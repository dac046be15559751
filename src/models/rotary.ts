/** @file Configuration → the rotary tables of its positions, with the scalings that long-context models use. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/types.ts";

/** Wavelengths stretched by `factor`: all of them, or (Llama 3.1) the long ones, with a ramp in between. */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** Context of the pre-training, in tokens. */
      readonly originalMaximumLength: number;
    };

export interface RotarySizes {
  readonly headSize: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
  readonly maximumLength: number;
}

/** Radians per position of each pair of numbers, [headSize / 2] (Su et al. 2021). */
export function rotaryFrequencies({ headSize, ropeTheta, ropeScaling }: RotarySizes): Float64Array {
  const frequencies = Float64Array.from(
    { length: headSize / 2 },
    (_, index) => ropeTheta ** ((-2 * index) / headSize),
  );
  if (ropeScaling === undefined) return frequencies;
  return frequencies.map((frequency) => scaled(frequency, ropeScaling));
}

function scaled(frequency: number, scaling: RopeScaling): number {
  if (scaling.type === "linear") return frequency / scaling.factor;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaximumLength } = scaling;
  const turns = (originalMaximumLength * frequency) / (2 * Math.PI);
  if (turns > high) return frequency;
  if (turns < low) return frequency / factor;
  const share = (turns - low) / (high - low);
  return (1 - share) * (frequency / factor) + share * frequency;
}

/** cos and sin of position · frequency, [maximumLength, headSize / 2] each, shared by all blocks of a graph. */
export function rotaryTables(builder: GraphBuilder, config: RotarySizes): readonly [Value, Value] {
  const shape = [config.maximumLength, config.headSize / 2];
  const table = (name: string, of: (angle: number) => number): Value =>
    builder.sharedConstant(name, shape, () => {
      const frequencies = rotaryFrequencies(config);
      return Float32Array.from({ length: shape[0]! * shape[1]! }, (_, place) =>
        of(Math.floor(place / shape[1]!) * frequencies[place % shape[1]!]!),
      );
    });
  return [table("rotary cos", Math.cos), table("rotary sin", Math.sin)];
}
