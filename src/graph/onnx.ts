/** @file Graph → bytes of an ONNX model (IR version 10, opset 20, com.microsoft 1). */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
  type TypeProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "../formats/onnx/onnx_pb.ts";
import { lower } from "./passes/lower.ts";
import { prune } from "./passes/prune.ts";
import type { Constant, DataType, Graph, Node, Operator, Value } from "./types.ts";

const contributed: ReadonlySet<Operator> = new Set<Operator>([
  "RotaryEmbedding",
  "QuickGelu",
  "MatMulBnb4",
  "MatMulIntegerToFloat",
]);

const elementTypes: { readonly [type in DataType]: TensorProto_DataType } = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  bool: TensorProto_DataType.BOOL,
};

/** Attributes that ONNX defines as floats even where their value is a whole number. */
const floatAttributes = new Set(["alpha", "epsilon"]);

function encodeAttribute(name: string, value: unknown): AttributeProto {
  const text = new TextEncoder();
  if (name === "to") {
    const type = elementTypes[value as DataType];
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(type) });
  }
  if (typeof value === "number" && floatAttributes.has(name)) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value });
  }
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if (Array.isArray(value)) {
    const ints = value.map(BigInt);
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.STRING,
    s: text.encode(String(value)),
  });
}

function encodeNode(node: Node): {
  opType: string;
  domain: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
} {
  return {
    opType: node.op,
    domain: contributed.has(node.op) ? "com.microsoft" : "",
    input: node.inputs.map(({ name }) => name),
    output: node.outputs.map(({ name }) => name),
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
  };
}

function encodeValue({ name, type, shape }: Value): ValueInfoProto {
  const dim = shape.map((dimension) => ({
    value:
      typeof dimension === "number"
        ? { case: "dimValue" as const, value: BigInt(dimension) }
        : { case: "dimParam" as const, value: dimension },
  }));
  const tensorType = { elemType: elementTypes[type], shape: { dim } };
  const typeProto: Pick<TypeProto, "denotation"> & { value: unknown } = {
    denotation: "",
    value: { case: "tensorType", value: tensorType },
  };
  return create(ValueInfoProtoSchema, { name, type: typeProto as TypeProto });
}

function encodeConstant({ value, data }: Constant): {
  name: string;
  dims: bigint[];
  dataType: number;
  rawData: Uint8Array;
} {
  return {
    name: value.name,
    dims: value.shape.map(BigInt),
    dataType: elementTypes[value.type],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

export function encodeOnnx(graph: Graph): Uint8Array {
  const { inputs, outputs, constants, nodes } = prune(lower(graph));
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: "nerium",
    opsetImport: [
      { domain: "", version: 20n },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: {
      name: "nerium",
      node: nodes.map(encodeNode),
      initializer: constants.map(encodeConstant),
      input: inputs.map(encodeValue),
      output: outputs.map(encodeValue),
    },
  });
  return toBinary(ModelProtoSchema, model);
}
