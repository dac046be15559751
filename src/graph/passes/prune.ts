/** @file A graph → the same graph without nodes and constants that no output depends on. */
import type { Graph } from "../types.ts";

export function prune(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some(({ name }) => needed.has(name))) return false;
    for (const input of node.inputs) needed.add(input.name);
    return true;
  });
  return {
    ...graph,
    nodes: nodes.reverse(),
    constants: graph.constants.filter(({ value }) => needed.has(value.name)),
  };
}
