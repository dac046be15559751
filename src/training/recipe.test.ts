import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NeriumError } from "../errors.ts";
import { loadRecipe, renderRecipe, resolveRecipe } from "./recipe.ts";

const small = `# a tiny recipe
out: ../out/tiny
types: [Disease, Chemical]
model: { hidden: 64, layers: 2 }
data:
  - path: ../corpora/a.pubtator
    map: { SpecificDisease: Disease, Gene: "" }
    annotates: [Disease]
  - { path: /corpora/b.in, format: bc2, eval: b.eval, annotates: [Disease, Chemical], repeat: 0.5 }
dev:
  - path: dev.jsonl
    name: dev
    annotates: [Chemical]
training:
  epochs: 0.5
  learningRate: 3e-4
`;
const options = { file: "recipes/tiny.yaml", workingDirectory: "/project" };

function problemOf(text: string, overrides: readonly string[] = []): NeriumError {
  try {
    resolveRecipe(text, { ...options, overrides });
  } catch (error) {
    expect(error).toBeInstanceOf(NeriumError);
    return error as NeriumError;
  }
  throw new Error("was accepted");
}

describe("recipe", () => {
  it("fills in the defaults and makes paths absolute", () => {
    const { recipe } = resolveRecipe(small, options);
    expect(recipe.out).toBe("/project/out/tiny");
    expect(recipe.from).toBe("");
    expect(recipe.tagged).toEqual(["Disease", "Chemical"]);
    expect(recipe.model).toEqual({
      hidden: 64,
      layers: 2,
      heads: 4,
      kvHeads: 2,
      intermediate: 768,
      ropeTheta: 10_000,
      normEpsilon: 1e-5,
      attention: "bidirectional",
    });
    expect(recipe.data).toEqual([
      {
        path: "/project/corpora/a.pubtator",
        map: { SpecificDisease: "Disease", Gene: "" },
        annotates: ["Disease"],
        repeat: 1,
      },
      {
        path: "/corpora/b.in",
        format: "bc2",
        eval: "/project/recipes/b.eval",
        map: {},
        annotates: ["Disease", "Chemical"],
        repeat: 0.5,
      },
    ]);
    expect(recipe.window).toEqual({ size: 256, overlap: 64, packing: false });
    expect(recipe.training).toEqual({
      epochs: 0.5,
      steps: 0,
      batchTokens: 4096,
      accumulate: 1,
      learningRate: 3e-4,
      schedule: "cosine",
      warmup: 0.05,
      finalLearningRate: 0,
      weightDecay: 0.01,
      beta1: 0.9,
      beta2: 0.98,
      epsilon: 1e-8,
      clip: 1,
      dropout: 0.1,
      tokenDropout: 0.1,
      maskRate: 0.2,
      average: 0,
      evaluateEvery: 1,
      earlyStop: 0,
      execution: "auto",
      checkpointMinutes: 5,
      threads: 0,
    });
  });

  it("knows where each value came from", () => {
    const { recipe, origins } = resolveRecipe(small, {
      ...options,
      overrides: ["training.epochs=2", "data.0.path=x.txt", "dev=[{path: y, annotates: [Disease]}]", "from="],
    });
    expect(origins).toMatchObject({
      out: "recipes/tiny.yaml:2",
      types: "recipes/tiny.yaml:3",
      tagged: "default",
      from: "command line",
      "model.hidden": "recipes/tiny.yaml:4",
      "model.heads": "default",
      "data.0.path": "command line",
      "data.0.map.SpecificDisease": "recipes/tiny.yaml:7",
      "data.1.repeat": "recipes/tiny.yaml:9",
      "data.1.map": "default",
      "dev.0.path": "command line",
      "training.epochs": "command line",
      "training.learningRate": "recipes/tiny.yaml:16",
    });
    expect(recipe.training.epochs).toBe(2);
    expect(recipe.data[0]!.path).toBe("/project/x.txt");
    expect(recipe.dev).toEqual([{ path: "/project/y", annotates: ["Disease"], map: {}, repeat: 1 }]);
  });

  it("makes a recipe of the command line alone", () => {
    const { recipe, origins } = resolveRecipe("", {
      workingDirectory: "/project",
      overrides: ["task=masked", "out=m", "data.0.path=a.txt", "data.1.path=~/b.txt"],
    });
    expect(recipe.data.map(({ path }) => path)).toEqual(["/project/a.txt", "/project/~/b.txt"]);
    expect(recipe.tagged).toEqual([]);
    expect(origins["data.1.path"]).toBe("command line");
  });

  it("renders YAML that resolves to the same recipe, with the origin behind each value", () => {
    const resolved = resolveRecipe(small, { ...options, overrides: ["seed=7"] });
    const text = renderRecipe(resolved);
    expect(resolveRecipe(text).recipe).toEqual(resolved.recipe);
    expect(text).toMatch(/^task: labels +# default$/m);
    expect(text).toMatch(/^seed: 7 +# command line$/m);
    expect(text).toMatch(/^ {2}epochs: 0.5 +# recipes\/tiny.yaml:15$/m);
    expect(text).toMatch(/^ {2}- path: \/project\/corpora\/a.pubtator +# recipes\/tiny.yaml:6$/m);
  });

  it("renders any text so that it comes back", () => {
    const anyText = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(anyText, anyText, (key, type) => {
        const text = JSON.stringify({ out: "x", types: [type], data: [{ path: "p", map: { [key]: type } }] });
        const resolved = resolveRecipe(text, { file: "a\nb" });
        expect(resolveRecipe(renderRecipe(resolved)).recipe).toEqual(resolved.recipe);
      }),
    );
  });

  it("shares parts through aliases", () => {
    const text = `out: x\ntypes: [A, B]\ndata:\n- { path: p, annotates: &all [A, B] }\n- { path: q, annotates: *all }\n`;
    const { recipe, origins } = resolveRecipe(text, options);
    expect(recipe.data[1]!.annotates).toEqual(["A", "B"]);
    expect(origins["data.1.annotates"]).toBe("recipes/tiny.yaml:5");
  });

  it("suggests the key that was meant", () => {
    const misspelt = problemOf(small.replace("learningRate", "learningrate"));
    expect(misspelt).toMatchObject({ code: "RECIPE", file: "recipes/tiny.yaml", line: 16, column: 3 });
    expect(misspelt.message).toBe(
      'recipes/tiny.yaml:16:3: unknown key "learningrate"; did you mean "learningRate"?',
    );
    expect(problemOf(`${small}epochs: 2`).message).toContain('did you mean "training.epochs"?');
    expect(problemOf(`${small}learningrate: 2`).message).toContain('did you mean "training.learningRate"?');
    expect(problemOf(small.replace("repeat", "repaet")).message).toContain('did you mean "repeat"?');
    expect(problemOf(small.replace("  epochs", "  seed")).message).toContain('did you mean "seed"?');
    expect(problemOf(`${small}zebra: 2`).message).toMatch(/unknown key "zebra"$/);
    expect(problemOf(small, ["training.epoch=2"]).message).toBe(
      'command line: unknown key "training.epoch"; did you mean "epochs"?',
    );
  });

  it("lists all problems, one line each, with places, expected and got", () => {
    const text = `task: label
out: ""
seed: -1
window: [1]
model: { hidden: 6.5, dropout: 1 }
data:
  - format: xml
training:
  epochs: many
  beta1: 1
  maskRate:
`;
    const error = problemOf(text, ["training.clip=-1", "vocabularySize=abc"]);
    expect(error.file).toBeUndefined();
    expect(error.message.split("\n")).toEqual([
      'command line: vocabularySize: expected a number, got "abc"',
      "command line: training.clip: expected at least 0, got -1",
      'recipes/tiny.yaml:1:7: task: expected one of labels, masked, language, got "label"',
      'recipes/tiny.yaml:2:6: out: expected a text that is not empty, got ""',
      "recipes/tiny.yaml:3:7: seed: expected at least 0, got -1",
      "recipes/tiny.yaml:4:9: window: expected a map of keys, got a list",
      "recipes/tiny.yaml:5:18: model.hidden: expected a whole number, got 6.5",
      'recipes/tiny.yaml:5:23: unknown key "dropout"; did you mean "training.dropout"?',
      "recipes/tiny.yaml:7:5: data.0.path: missing: expected a text",
      'recipes/tiny.yaml:7:13: data.0.format: expected one of pubtator, jsonl, bio, text, lines, bc2, got "xml"',
      'recipes/tiny.yaml:9:11: training.epochs: expected a number, got "many"',
      "recipes/tiny.yaml:10:10: training.beta1: expected less than 1, got 1",
      expect.stringMatching(/^recipes\/tiny.yaml:11:\d+: training.maskRate: expected a number, got nothing$/),
    ]);
  });

  it("checks what several keys must fulfil together", () => {
    const cases: readonly (readonly [string, readonly string[], string])[] = [
      [small, ["model.heads=5"], "model.hidden: expected a multiple of 2 x heads (10"],
      [small, ["model.kvHeads=3"], "model.kvHeads: expected a divisor of heads (4), got 3"],
      [small, ["window.size=64"], "window.overlap: expected less than window.size (64), got 64"],
      [small, ["tagged=[Gene]"], 'tagged.0: expected one of types (Disease, Chemical), got "Gene"'],
      [small, ["types=[]"], "types: expected at least one type"],
      [small, ["types=[Disease, Chemical, Disease]"], 'types.2: "Disease" stands there twice'],
      [small, ["data.0.map.Gene=Gen"], "data.0.map.Gene: expected one of types"],
      [small, ["data.0.annotates=[Gene]"], "data.0.annotates.0: expected one of types"],
      [
        small.replace("    annotates: [Disease]\n", ""),
        [],
        "data.0.annotates: missing: expected those of types",
      ],
      [small, ["data.0.eval=x"], "data.0.eval: only a corpus of format bc2"],
      [small.replace("eval: b.eval, ", ""), [], "data.1.eval: missing"],
      [
        small,
        ["from=base", "adapter={}", "quantize={storage: nf4, compute: int8}"],
        "quantize.compute: int8 needs matrices that are kept so: expected quantize.storage=int8, got nf4",
      ],
    ];
    for (const [text, overrides, problem] of cases)
      expect(problemOf(text, overrides).message).toContain(problem);
  });

  it("says what is missing at least", () => {
    expect(problemOf("").message.split("\n")).toEqual([
      "recipes/tiny.yaml:1: out: missing: expected a text",
      "recipes/tiny.yaml:1: data: missing: expected a list",
    ]);
    expect(problemOf("- a").message).toContain("recipe: expected a map of keys, got a list");
  });

  it("refuses what is no YAML or means harm, quickly", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const name of ["b", "c", "d", "e"]) {
      const previous = String.fromCharCode(name.charCodeAt(0) - 1);
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${previous}`).join(", ")}]`);
    }
    const start = performance.now();
    expect(problemOf(bomb.join("\n")).message).toContain("Excessive alias count");
    expect(problemOf("a: *b").message).toContain("not YAML");
    expect(problemOf("a: &a [*a]").message).toContain('unknown key "a"');
    expect(problemOf("[".repeat(500_000)).message).toContain("nested deeper");
    expect(problemOf("{a: ".repeat(200_000)).message).toContain("nested deeper");
    expect(problemOf("- ".repeat(500_000)).message).toContain("nested deeper");
    expect(problemOf("__proto__: { seed: 1 }").message).toContain('unknown key "__proto__"');
    expect(problemOf("out: a\nout: b")).toMatchObject({ line: 2, column: 1 });
    expect(problemOf("out: a\nout: b").message).toContain('the key "out" stands there twice');
    expect(problemOf("model: { heads: 1, 'heads': 2 }")).toMatchObject({ line: 1, column: 20 });
    expect(problemOf(Array.from({ length: 60_000 }, (_, at) => `k${at}: 1`).join("\n")).code).toBe("RECIPE");
    expect(problemOf("out: a\n---\nout: b").message).toContain("multiple documents");
    expect(problemOf("out: [a").code).toBe("RECIPE");
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it("refuses overrides that are not key=value", () => {
    for (const override of ["epochs", "=2", "training..epochs=2", "__proto__.x=1"]) {
      expect(problemOf(small, [override]).code).toBe("USAGE");
    }
    expect(problemOf(small, ["seed=[1"]).message).toContain('command line: "seed=[1": not YAML');
    expect(problemOf(small, ["seed.x=1"]).code).toBe("RECIPE");
    expect(problemOf(small, ["data.9.path=x"]).message).toContain("a position from 0 to 2");
    expect(problemOf(small, ["out.x=1"]).message).toContain("command line");
  });

  describe("files", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nerium-recipe-"));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it("loads a file", async () => {
      const path = join(folder, "tiny.yaml");
      await writeFile(path, `\uFEFF${small}`);
      const { recipe, origins } = await loadRecipe(path, ["seed=3"]);
      expect(recipe.seed).toBe(3);
      expect(recipe.dev[0]!.path).toBe(join(folder, "dev.jsonl"));
      expect(origins["out"]).toBe(`${path}:2`);
    });

    it("refuses files that are missing, folders, too large or not text", async () => {
      const path = join(folder, "bad.yaml");
      await expect(loadRecipe(path, [])).rejects.toMatchObject({ code: "UNREADABLE", file: path });
      await expect(loadRecipe(folder, [])).rejects.toMatchObject({ code: "UNREADABLE", file: folder });
      await writeFile(path, "#".repeat(1_000_001));
      await expect(loadRecipe(path, [])).rejects.toMatchObject({ code: "RECIPE", file: path });
      await writeFile(path, Uint8Array.of(0x6f, 0xff));
      await expect(loadRecipe(path, [])).rejects.toMatchObject({ code: "ENCODING", file: path });
      await expect(loadRecipe("/dev/zero", [])).rejects.toMatchObject({ code: "RECIPE" });
    });
  });
});
