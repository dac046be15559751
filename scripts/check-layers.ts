/** @file Fails when a folder of src/ imports a folder that stands after it in the layer order (docs/architecture.md). */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const order = [
  "shared",
  "documents",
  "corpora",
  "knowledge",
  "instructions",
  "formats",
  "tokens",
  "hub",
  "graph",
  "runtime",
  "models",
  "adapters",
  "training",
  "mentions",
  "tagging",
  "scores",
  "server",
  "cli",
];
const source = join(import.meta.dirname, "..", "src");
let wrong = 0;
for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  // A test may look at its folder from anywhere.
  if (!entry.isFile() || !entry.name.endsWith(".ts") || entry.name.endsWith(".test.ts")) continue;
  const path = join(entry.parentPath, entry.name);
  const from = relative(source, path).split("/")[0]!;
  if (from.endsWith(".ts")) continue; // index.ts and errors.ts stand outside the order
  if (!order.includes(from)) {
    console.error(`src/${from}: not in the layer order; add it to scripts/check-layers.ts`);
    wrong++;
  }
  for (const [, target] of readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    const to = relative(source, join(dirname(path), target!)).split("/")[0]!;
    if (order.indexOf(to) > order.indexOf(from)) {
      console.error(`${relative(source, path)}: ${from} must not import ${to}`);
      wrong++;
    }
  }
}
process.exitCode = wrong > 0 ? 1 : 0;
