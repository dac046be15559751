/**
 * @file Models of one architecture, one trained on from the other → the model whose weights are their mean ("model soup",
 * Wortsman et al. 2022), with windows of a size and overlap; all else is the first one's, without what was tuned or measured on
 * its own weights.
 * Usage: tsx --conditions=@nerium/source scripts/average-models.ts OUT SIZE,OVERLAP MODEL MODEL…
 */
import { readModelFolder, writeModelFolder } from "../src/models/model-folder.ts";
import { untuned } from "./untuned.ts";

const [out, sizes = "", ...folders] = process.argv.slice(2);
const [size, overlap] = sizes.split(",").map(Number);
if (folders.length < 2 || overlap === undefined)
  throw new Error("usage: average-models.ts OUT SIZE,OVERLAP MODEL MODEL…");
const models = await Promise.all(folders.map((folder) => readModelFolder(folder)));
const [first] = models;
const parameters = new Map(
  Array.from(first!.parameters, ([name, own]) => {
    const others = models.map((model) => model.parameters.get(name));
    if (others.some((other) => other?.length !== own.length))
      throw new Error(`the models differ in the size of ${name}`);
    const mean = own.map((_, at) => others.reduce((sum, other) => sum + other![at]!, 0) / others.length);
    return [name, mean] as const;
  }),
);
const nerium = { ...untuned(first!.nerium), window: { size: size!, overlap } };
await writeModelFolder(out!, { ...first!, nerium, parameters });
