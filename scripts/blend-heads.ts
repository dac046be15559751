/**
 * @file A label model, a type, another of its types that stands for nearly the same by another guideline, and a share → the
 * model whose head for the type is so much of the other's: the mean of two linear heads' weights is the mean of what they say.
 * Nothing that was tuned or measured on its own weights is kept.
 * Usage: tsx --conditions=@nerium/source scripts/blend-heads.ts OUT MODEL TYPE OTHER SHARE
 */
import { readModelFolder, writeModelFolder } from "../src/models/model-folder.ts";
import { classifierNames } from "../src/models/token-classifier.ts";
import { untuned } from "./untuned.ts";

const [out, folder, type, other, shareText] = process.argv.slice(2);
const share = Number(shareText);
if (!(share >= 0 && share <= 1)) throw new Error("usage: blend-heads.ts OUT MODEL TYPE OTHER SHARE (0 to 1)");
const model = await readModelFolder(folder!);
const { types } = model.nerium;
const [own, theirs] = [type, other].map((name) => types.indexOf(name!));
if (own! < 0 || theirs! < 0) throw new Error(`expected two of ${types.join(", ")}`);

const parameters = new Map(model.parameters);
for (const name of Object.values(classifierNames)) {
  const values = Float32Array.from(parameters.get(name)!);
  const size = values.length / types.length; // the rows of a type's O, B and I
  const of = (head: number): Float32Array => values.slice(head * size, (head + 1) * size);
  const others = of(theirs!);
  const mean = of(own!).map((value, at) => (1 - share) * value + share * others[at]!);
  values.set(mean, own! * size);
  parameters.set(name, values);
}
await writeModelFolder(out!, { ...model, nerium: untuned(model.nerium), parameters });
