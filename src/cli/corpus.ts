/** @file `nerium corpus`: its verbs, each from a file of its own. */
import { Command } from "@commander-js/extra-typings";
import { corpusGetCommand, corpusListCommand } from "./corpus-get.ts";
import { corpusLintCommand } from "./corpus-lint.ts";
import { corpusOverlapCommand } from "./corpus-overlap.ts";
import { corpusSplitCommand } from "./corpus-split.ts";
import { corpusStatsCommand } from "./corpus-stats.ts";
import type { Effects } from "./effects.ts";

const examples = `
Examples:
  nerium corpus lint train.pubtator
  nerium corpus stats train.pubtator dev.pubtator
  nerium corpus split all.jsonl --out splits --ratios 8:1:1 --seed 1
  nerium corpus overlap train.pubtator test.pubtator --refuse
  nerium corpus list
  nerium corpus get ncbi-disease -o corpora/ncbi-disease`;

export function corpusCommand(effects: Effects) {
  const command = new Command("corpus")
    .description("Check, count, split, compare and fetch corpora.")
    .addHelpText("after", examples);
  const verbs = [
    corpusLintCommand(effects),
    corpusStatsCommand(effects),
    corpusSplitCommand(effects),
    corpusOverlapCommand(effects),
    corpusListCommand(effects),
    corpusGetCommand(effects),
  ];
  // A wrong command line must throw here too, or commander ends the process with exit code 1.
  for (const verb of verbs) command.addCommand(verb.exitOverride());
  return command;
}
