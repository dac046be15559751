/** @file `nerium instruct`: a corpus → instruction data in a published style, for our own training or another tool's. */
import { Command, Option } from "@commander-js/extra-typings";
import { corpusFormats } from "../corpora/index.ts";
import { bionerVariants, rowShapes, styleNames } from "../instructions/index.ts";
import type { Effects } from "./effects.ts";
import { runInstruct } from "./instruct-run.ts";
import { trainers } from "./instruct-trainers.ts";
import { collectList, collectMap, parseCount } from "./options.ts";

const examples = `
Examples:
  nerium instruct train.pubtator --style nerllama --types Disease --shots 5 --out train.jsonl
  nerium instruct train.pubtator --style bioner-llama --map Modifier=Disease --show
  nerium instruct train.tsv --style list --rows sharegpt --for llama-factory --out data/train.jsonl

Each sentence (the corpus's own, or found by Unicode's rules; a mention is never cut) becomes one row with the mentions
of all --types; in the style vaner, whose rows are {"tokens","ner_tags"}, one for each type. Demonstrations are drawn anew for each row, never the
row's own sentence; --published-shots draws them as NERLlama3.1 did, where a row's own answer may stand in its prompt.
Beside train.jsonl stands train.info.json with the hash of the templates: a model must be asked as it was trained.
--show prints the first rows instead, with what is trained in green (or in [brackets] without colour).`;

/** The command as commander sees it; `runInstruct` does the work. */
export function instructCommand(effects: Effects) {
  return new Command("instruct")
    .description("Write instruction data from a corpus.")
    .argument("<corpus>", "file with mentions; - is stdin")
    .addOption(
      new Option("--style <style>", "the instructions' style").choices(styleNames).makeOptionMandatory(),
    )
    .option("-t, --types <A,B>", "types to ask for (default: all that occur)", collectList)
    .option("--map <Source=Target>", "rename types (Source= drops them)", collectMap)
    .option("--shots <k>", "demonstrations in each prompt (default: 0)", parseCount)
    .option("--published-shots", "draw demonstrations as published, from all sentences")
    .option("--seed <n>", "for the demonstrations (default: 0)", parseCount)
    .addOption(new Option("--variant <variant>", "bioner-llama only").choices(bionerVariants))
    .option("--dataset <name>", "vaner only: the data set's name in the prompt, e.g. ncbi")
    .addOption(
      new Option(
        "--rows <shape>",
        "shape of the rows (default: messages, for trl prompt-completion)",
      ).choices(rowShapes),
    )
    .addOption(new Option("--for <trainer>", "write this trainer's configuration too").choices(trainers))
    .addOption(
      new Option("-f, --format <format>", "format of the corpus (default: by suffix)").choices(corpusFormats),
    )
    .option("--show [n]", "print the first n rows (3) in colour instead of writing", parseCount)
    .option("-o, --out <file>", "file to write to (default: stdout)")
    .addHelpText("after", examples)
    .action((corpus, options) => runInstruct(corpus, options, effects));
}
