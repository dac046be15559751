/** @file Backward rules of softmax, root-mean-square normalisation, rotary positions and cross entropy. */
import type { GradientRule } from "./rule.ts";
import { unbroadcast } from "./rule.ts";

// dx = y ∘ (dy − Σ dy∘y)
export const softmax: GradientRule<"Softmax"> = ({ builder, outputs: [y], attributes, upstream }) => [
  () => {
    if (attributes.axis !== -1)
      throw new Error("internal: the gradient of Softmax is written for its last axis");
    const last = y!.shape.length - 1;
    const weighted = builder.mul(upstream, y!);
    return builder.sub(weighted, builder.mul(y!, builder.reduceSum(weighted, [last])));
  },
];

// y = w∘x·r with r = 1/√(mean x² + ε);  dx = r·(dy∘w) − x·r³·mean(x∘dy∘w);  dw = Σ dy∘x·r
export const rmsNorm: GradientRule<"SimplifiedLayerNormalization"> = ({
  builder,
  inputs,
  outputs,
  upstream,
}) => {
  const [x, weight] = inputs;
  const inverse = outputs[1]!;
  const last = x!.shape.length - 1;
  return [
    () => {
      const weighted = builder.mul(upstream, weight!);
      const mean = builder.reduceMean(builder.mul(weighted, x!), [last]); // [.., 1]
      const cubed = builder.mul(builder.mul(inverse, inverse), builder.mul(inverse, mean)); // small: [.., 1]
      return builder.sub(builder.mul(weighted, inverse), builder.mul(x!, cubed));
    },
    () => unbroadcast(builder, builder.mul(upstream, builder.mul(x!, inverse)), weight!),
  ];
};

// A rotation's transpose is the rotation by the opposite angle.
export const rotaryEmbedding: GradientRule<"RotaryEmbedding"> = ({
  builder,
  inputs,
  attributes,
  upstream,
}) => {
  const [, position, cos, sin] = inputs;
  return [
    () => builder.node("RotaryEmbedding", [upstream, position!, cos!, builder.neg(sin!)], attributes)[0]!,
    undefined,
    undefined,
    undefined,
  ];
};

// dlogits = (p − onehot(label))·dy; the one-hot is never made: 1 is taken off at the labels' places.
export const crossEntropy: GradientRule<"CrossEntropy"> = ({ builder, inputs, outputs, upstream }) => {
  const labels = inputs[1]!;
  const probabilities = outputs[1]!;
  return [
    () => {
      const picked = builder.gatherElements(probabilities, labels, 1); // [rows, 1]
      const lessOne = builder.sub(picked, builder.scalar(1));
      const attributes = { axis: 1, reduction: "none" } as const;
      const [difference] = builder.node("ScatterElements", [probabilities, labels, lessOne], attributes);
      return builder.mul(difference!, upstream);
    },
    undefined,
  ];
};
