/** @file What the engine leaves behind in a person's home: nothing, from this thread and from one of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const modules = ["onnxruntime.ts", "worker-runtime.ts", "../graph/builder.ts"].map((name) =>
  JSON.stringify(new URL(name, import.meta.url).href),
);
/** Runs one graph and ends. */
const program = (runtime: "onnxRuntime" | "workerRuntime"): string => `
  const [{ onnxRuntime }, { workerRuntime }, { GraphBuilder }] =
    await Promise.all([${modules.map((module) => `import(${module})`).join(", ")}]);
  const builder = new GraphBuilder();
  const graph = builder.finish([builder.neg(builder.input("x", [1]))]);
  const session = await ${runtime}.open(graph, { threads: 1 });
  const [y] = await session.run({ x: { type: "float32", shape: [1], data: new Float32Array([2]) } });
  await session[Symbol.asyncDispose]();
  console.log(y.data[0]);
`;

it.each(["onnxRuntime", "workerRuntime"] as const)("%s keeps no record of its runs", (runtime) => {
  const folder = mkdtempSync(join(tmpdir(), "nerium-home-"));
  const [home, file] = [join(folder, "home"), join(folder, "program.mjs")];
  try {
    mkdirSync(home);
    writeFileSync(file, program(runtime));
    const words = ["--import", import.meta.resolve("tsx"), "--conditions=@nerium/source", file];
    // Neither the variable itself nor those of a build service, where the engine reports nothing anyway.
    const { PATH, TMPDIR } = process.env;
    const ended = spawnSync(process.execPath, words, {
      env: { PATH, TMPDIR, HOME: home, USERPROFILE: home },
      encoding: "utf8",
    });
    expect(ended.stdout + ended.stderr).toBe("-2\n");
    expect(readdirSync(home, { recursive: true })).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
