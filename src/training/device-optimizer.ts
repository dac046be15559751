/**
 * @file Parameters, moments and averages of a run → AdamW that keeps them on a device: what comes back is one norm a step,
 * and everything when it is asked for.
 */
import type { Graph } from "../graph/types.ts";
import type { ParameterShape } from "../models/llama.ts";
import {
  type DeviceRuntime,
  type DeviceTensor,
  type Feeds,
  floats,
  onDevice,
  onHost,
  type ResidentSession,
} from "../runtime/types.ts";
import type { RunState } from "./checkpoint.ts";
import {
  clipGraph,
  type Member,
  ratesOf,
  squaresGraph,
  sumGraph,
  updateGraph,
} from "./device-adamw-graph.ts";
import { decays, type Parameters } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";
import type { Optimizer, UpdateOptions } from "./step.ts";

type Resident = Map<string, DeviceTensor>;

export interface DeviceOptimizer extends Optimizer<DeviceTensor>, AsyncDisposable {
  /** Copies what the device holds into the run's state: the weights that a model is made of, or all that a checkpoint needs. */
  sync(what: "weights" | "all"): Promise<void>;
}

/** Parameters that one session updates together; groups of the same shapes share their sessions: the blocks of a model. */
interface Group {
  readonly names: readonly string[];
  readonly sessions: GroupSessions;
}

interface GroupSessions {
  readonly squares: ResidentSession;
  readonly update: ResidentSession;
  readonly sum: ResidentSession;
}

/** Arrays of the run by the name of their inputs in the update's graph. */
function partsOf({ parameters, optimizer, average }: RunState): readonly (readonly [string, Parameters])[] {
  const always = [
    ["weight", parameters],
    ["first", optimizer.first],
    ["second", optimizer.second],
  ] as const;
  return average === undefined ? always : [...always, ["average", average]];
}

/** Names of the parameters that are updated together: each block's, and all others. */
export function groupNames(shapes: readonly ParameterShape[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const { name } of shapes) {
    const key = /^model\.layers\.\d+\./.exec(name)?.[0] ?? "";
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

async function openGroups(
  device: DeviceRuntime,
  shapes: readonly ParameterShape[],
  training: Recipe["training"],
  averaged: boolean,
): Promise<Group[]> {
  const open = (graph: Graph): Promise<ResidentSession> =>
    device.openResident(graph, graph.outputs, { threads: training.threads });
  const byName = new Map(shapes.map((shape) => [shape.name, shape]));
  const opened = new Map<string, GroupSessions>();
  const groups: Group[] = [];
  for (const names of groupNames(shapes)) {
    const members = names.map((name): Member => {
      const parameter = byName.get(name)!;
      return { shape: parameter.shape, decays: decays(parameter) };
    });
    const key = JSON.stringify(members);
    const sessions = opened.get(key) ?? {
      squares: await open(squaresGraph(members)),
      update: await open(updateGraph(members, training, averaged)),
      sum: await open(sumGraph(members)),
    };
    opened.set(key, sessions);
    groups.push({ names, sessions });
  }
  return groups;
}

/** The parts of one group, numbered as its graphs take them. */
function groupFeeds(
  names: readonly string[],
  part: string,
  tensors: ReadonlyMap<string, DeviceTensor>,
): Feeds {
  return Object.fromEntries(names.map((name, place) => [`${part} ${place}`, tensors.get(name)!]));
}

/** Replaces a tensor by its successor. */
function replace(tensors: Resident, name: string, next: DeviceTensor): void {
  tensors.get(name)?.dispose();
  tensors.set(name, next);
}

/** Reads the run's arrays once; from then on `state` is behind until `sync`. */
export async function openDeviceOptimizer(
  device: DeviceRuntime,
  shapes: readonly ParameterShape[],
  training: Recipe["training"],
  state: RunState,
): Promise<DeviceOptimizer> {
  const groups = await openGroups(device, shapes, training, state.average !== undefined);
  const clip = clipGraph(training.clip);
  const clipping = await device.openResident(clip, [clip.outputs[1]!], { threads: training.threads });
  const parts = new Map<string, Resident>();
  for (const [part, arrays] of partsOf(state)) {
    const parked: Resident = new Map();
    for (const { name, shape } of shapes)
      parked.set(name, await device.park(floats(arrays.get(name)!, shape)));
    parts.set(part, parked);
  }
  return {
    parameters: parts.get("weight")!,
    add: (total, more) => addGradients(groups, total, more),
    update: (gradients, options) => update({ device, groups, clipping, parts, training }, gradients, options),
    async sync(what) {
      for (const [part, arrays] of partsOf(state)) {
        if (what === "weights" && (part === "first" || part === "second")) continue;
        for (const [name, tensor] of parts.get(part)!)
          arrays.get(name)!.set((await device.read(tensor)).data as Float32Array);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const tensors of parts.values()) for (const tensor of tensors.values()) tensor.dispose();
      const sessions = new Set(groups.flatMap((group) => Object.values(group.sessions) as ResidentSession[]));
      for (const session of [...sessions, clipping]) await session[Symbol.asyncDispose]();
    },
  };
}

async function addGradients(
  groups: readonly Group[],
  total: ReadonlyMap<string, DeviceTensor>,
  more: ReadonlyMap<string, DeviceTensor>,
): Promise<Resident> {
  const sums: Resident = new Map();
  for (const { names, sessions } of groups) {
    const feeds = { ...groupFeeds(names, "total", total), ...groupFeeds(names, "more", more) };
    const results = await sessions.sum.run(feeds);
    names.forEach((name, place) => {
      sums.set(name, onDevice(results[place]));
      total.get(name)!.dispose();
      more.get(name)!.dispose();
    });
  }
  return sums;
}

interface Updating {
  readonly device: DeviceRuntime;
  readonly groups: readonly Group[];
  readonly clipping: ResidentSession;
  readonly parts: ReadonlyMap<string, Resident>;
  readonly training: Recipe["training"];
}

async function update(
  { device, groups, clipping, parts, training }: Updating,
  gradients: ReadonlyMap<string, DeviceTensor>,
  { step, learningRate, batches }: UpdateOptions,
): Promise<number> {
  const squares = await sumOfSquares(device, groups, gradients);
  const [norm, factor] = await clipping.run({ squares, share: floats(Float32Array.of(1 / batches), [1]) });
  squares.dispose();
  const rates = await device.park(
    floats(ratesOf(training, { step, learningRate, average: training.average }), [5]),
  );
  for (const { names, sessions } of groups) {
    const fed = [...parts].map(([part, tensors]) => groupFeeds(names, part, tensors));
    const own: Feeds = Object.assign(
      { rates, factor: factor! },
      groupFeeds(names, "gradient", gradients),
      ...fed,
    );
    const results = await sessions.update.run(own);
    names.forEach((name, place) => {
      gradients.get(name)!.dispose();
      [...parts.values()].forEach((tensors, part) =>
        replace(tensors, name, onDevice(results[place * parts.size + part])),
      );
    });
  }
  rates.dispose();
  onDevice(factor).dispose();
  return onHost(norm).data[0] as number;
}

async function sumOfSquares(
  device: DeviceRuntime,
  groups: readonly Group[],
  gradients: ReadonlyMap<string, DeviceTensor>,
): Promise<DeviceTensor> {
  let sum = await device.park(floats(new Float32Array(1), [1]));
  for (const { names, sessions } of groups) {
    const [next] = await sessions.squares.run({ before: sum, ...groupFeeds(names, "gradient", gradients) });
    sum.dispose();
    sum = onDevice(next);
  }
  return sum;
}
