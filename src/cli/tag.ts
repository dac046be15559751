/** @file `nerium tag`: files, folders or stdin → their documents with predicted mentions. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats } from "../corpora/index.ts";
import type { Tagger } from "../tagging/types.ts";
import type { Effects } from "./effects.ts";
import { collectList, parseProbability } from "./options.ts";
import type { TargetOptions } from "./tag-plan.ts";
import { targets } from "./tag-plan.ts";
import { runTag } from "./tag-run.ts";

export interface TagCommandOptions extends TargetOptions {
  readonly model?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly perLine?: boolean | undefined;
  readonly threshold?: number | undefined;
  readonly force?: boolean | undefined;
}

export interface TagEffects extends Effects {
  readonly openTagger: (modelFolder?: string) => Promise<Tagger>;
}

const examples = `
Examples:
  nerium tag abstract.txt
  nerium tag notes/ --to jsonl -o tagged/
  zcat corpus.pubtator.gz | nerium tag - --format pubtator --types Disease,Chemical --to pubtator > tagged.pubtator

Without --to, stdout gets text for people ("pretty"), a file what its suffix says (.jsonl, .pubtator, .tsv) or jsonl.
Of a folder, all files of known suffixes are read, with --format all files; hidden ones never.
Outputs in a folder keep their inputs' names and appear when they are complete; those that are there are skipped, so an
interrupted run can be repeated (--force tags them again). An input that cannot be read or tagged does not stop the
others; the exit code is then 1. Colours follow NO_COLOR and FORCE_COLOR.`;

/** The command as commander sees it; `runTag` does the work. */
export function tagCommand(effects: Effects) {
  return new Command("tag")
    .description("Mark biomedical entities in text files.")
    .argument("<input...>", "files, folders (searched recursively), or - for stdin")
    .option("-m, --model <folder>", "model folder (default: the built-in model)")
    .option("-t, --types <A,B>", "mark only these types", collectList)
    .addOption(new Option("--to <format>", "what to write").choices(targets))
    .option("--json", "the same as --to jsonl")
    .option("-o, --output <path>", "file or folder to write to (default: stdout)")
    .addOption(
      new Option("-f, --format <format>", "format of the inputs (default: by suffix)").choices(corpusFormats),
    )
    .option("--per-line", "plain text: one document a line")
    .option("--threshold <p>", "drop mentions with a score below this", parseProbability)
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
}
