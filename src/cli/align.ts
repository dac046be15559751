/** @file `nerium align`: texts and a model's answers to them → documents with the answers' mentions. */
import { Command, Option } from "@commander-js/extra-typings";
import { alignInput } from "./align-run.ts";
import type { Effects } from "./effects.ts";
import { collectList, parseProbability } from "./options.ts";

/** Styles whose answers are texts; VANER's are labels. */
export const alignStyles = ["nerllama", "bioner-llama", "list"] as const;
export const alignTargets = ["jsonl", "pubtator", "bio"] as const;

const examples = `
Examples:
  nerium align source.jsonl answers.jsonl --style nerllama --types Disease --to jsonl -o aligned.jsonl
  nerium align both.jsonl --style bioner-llama --types Chemical > aligned.jsonl

Rows are {"id","input"} and {"id","answer"}, or {"id","input","answer"} in one file; without ids, rows of the same number
belong together. An input may be the text alone or a whole prompt of the style: the result's text is the sentence in it.
There is one result row for every input row, in order; without an answer it has no entities. Several answers to one id
are samples: a mention is kept if at least half of them (--threshold) have it, and the share is its score. An id that
several inputs have takes as many answers, in their order.

Every entity says how it was found ("alignment"): exact, cleanup (but for blanks that tokenizers drop), whitespace or
edited ("answer" is then what the answer says). Marks that make no entity are counted: rejected (not in the text in one
piece), truncated (the answer ends first), unclosed, stray (an end without a start), empty, outside (not in the copy of
the text), foreign (another type). The statuses add up to the number of marks. Gold is never seen.`;

/** The command as commander sees it; `alignInput` does the work. */
export function alignCommand(effects: Effects) {
  return new Command("align")
    .description("Carry the marks of a model's answers over to the texts they were given for.")
    .argument("<source>", 'JSON Lines with "id" and "input"; - is stdin')
    .argument("[answers]", 'JSON Lines with "id" and "answer" (default: they stand in the source)')
    .addOption(
      new Option("--style <style>", "how the answers are marked").choices(alignStyles).makeOptionMandatory(),
    )
    .option("-t, --types <A,B>", "the types that were asked for (default: those of the style)", collectList)
    .addOption(new Option("--type <A,B>", "the same").argParser(collectList).hideHelp())
    .addOption(new Option("--to <format>", "what to write").choices(alignTargets).default("jsonl" as const))
    .option("-o, --output <path>", "file or folder to write to (default: stdout)")
    .addOption(
      new Option("--offsets <unit>", "unit of the offsets in jsonl (default: code-point)").choices([
        "code-point",
        "utf-16",
      ] as const),
    )
    .option(
      "--threshold <share>",
      "votes that a mention needs where there are several answers",
      parseProbability,
    )
    .option("--json", "print the counts as JSON (to stdout with -o, else to stderr)")
    .addHelpText("after", examples)
    .action(async (source, answers, { type, types = type, ...options }) => {
      await alignInput(source, answers, { types, ...options }, effects);
    });
}
