/** @file `nerium tag`: files, folders or stdin → their documents with predicted mentions. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats } from "../corpora/index.ts";
import type { Tagger, TaggerOptions } from "../tagging/index.ts";
import type { Effects } from "./effects.ts";
import { addEngineOptions, type EngineCommandOptions } from "./engine-options.ts";
import { collectList, parseProbability } from "./options.ts";
import type { TargetOptions } from "./tag-plan.ts";
import { targets } from "./tag-plan.ts";
import { runTag } from "./tag-run.ts";

export interface TagCommandOptions extends TargetOptions, EngineCommandOptions {
  readonly format?: CorpusFormat | undefined;
  readonly perLine?: boolean | undefined;
  readonly threshold?: number | undefined;
  readonly force?: boolean | undefined;
}

export interface TagEffects extends Effects {
  readonly openTagger: (options: TaggerOptions) => Promise<Tagger>;
}

const examples = `
Examples:
  nerium tag abstract.txt
  nerium tag notes/ --to jsonl -o tagged/
  nerium tag notes/ -m out/language-model --samples 5 -o tagged/
  nerium tag notes/ --base-url http://localhost:8000/v1 -m bioner --types Disease,Chemical -o tagged/
  nerium tag notes/ -m model.gguf --lora adapter.gguf --types Gene --examples train.pubtator -o tagged/
  zcat corpus.pubtator.gz | nerium tag - --format pubtator --types Disease,Chemical --to pubtator > tagged.pubtator

Without --to, stdout gets text for people ("pretty"), a file what its suffix says (.jsonl, .pubtator, .tsv) or jsonl.
Of a folder, all files of known suffixes are read, with --format all files; hidden ones never.
Outputs in a folder keep their inputs' names and appear when they are complete; those that are there are skipped, so an
interrupted run can be repeated (--force tags them again). An input that cannot be read or tagged does not stop the
others; the exit code is then 1. Colours follow NO_COLOR and FORCE_COLOR.

One big file can be stopped too: with -o and a label model such as the built-in one, .jsonl and .pubtator outputs grow in
a hidden neighbour (.name.part), and the same command goes on there after Ctrl-C, kill -9 or a full disk, unless model,
options or input have changed (--force starts anew). Other formats, .gz outputs and stdin start again from the beginning.

A model that is asked by instruction gets each sentence on its own. What it is asked with is what it was trained with,
unless --style says otherwise; servers and GGUF files need --types. With -o, answers of servers and of llama.cpp are kept
in a hidden file until all is through, and a run that was interrupted goes on from there: repeat the command. Keys come
from the environment only. docs/recognition.md tells how each engine works.`;

/** The command as commander sees it; `runTag` does the work. */
export function tagCommand(effects: Effects) {
  const command = new Command("tag")
    .description("Mark biomedical entities in text files.")
    .argument("<input...>", "files, folders (searched recursively), or - for stdin")
    .option("-m, --model <model>", "model folder, GGUF file or a server's model (default: built-in)")
    .option("-t, --types <A,B>", "mark only these types", collectList)
    .addOption(new Option("--to <format>", "what to write").choices(targets))
    .option("--json", "the same as --to jsonl")
    .option("-o, --output <path>", "file or folder to write to (default: stdout)")
    .addOption(
      new Option("-f, --format <format>", "format of the inputs (default: by suffix)").choices(corpusFormats),
    )
    .option("--per-line", "plain text: one document a line")
    .option(
      "--threshold <p>",
      "drop mentions with a score below this (default: the model's own for each type, or 0)",
      parseProbability,
    )
    .addOption(
      new Option("--offsets <unit>", "unit of the offsets in jsonl (default: code-point)").choices([
        "code-point",
        "utf-16",
      ] as const),
    )
    .option("--force", "tag again what is finished already")
    .addHelpText("after", examples)
    .action(async (inputs, options) => {
      const { openTagger } = await import("../tagging/index.ts");
      await runTag(inputs, options, { ...effects, openTagger });
    });
  return addEngineOptions(command);
}
