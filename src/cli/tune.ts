/** @file `nerium tune`: a tagger and dev corpora → the threshold to use, how far scores can be trusted, and what it costs. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats } from "../corpora/index.ts";
import type { Tagger, TaggerOptions } from "../tagging/index.ts";
import type { Effects } from "./effects.ts";
import { addEngineOptions, type EngineCommandOptions } from "./engine-options.ts";
import { collectList, collectMap, parseCount } from "./options.ts";
import { runTune } from "./tune-run.ts";

export interface TuneCommandOptions extends EngineCommandOptions {
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly limit?: number | undefined;
  readonly json?: true | undefined;
  readonly out?: string | undefined;
}

export interface TuneEffects extends Effects {
  readonly openTagger: (options: TaggerOptions) => Promise<Tagger>;
}

const examples = `
Examples:
  nerium tune dev.pubtator -m out/language-model --samples 5
  nerium tune dev.pubtator --base-url http://localhost:8000/v1 -m bioner --types Disease --samples 10 --out tuning.json
  nerium tune dev.pubtator -m out/label-model --map Modifier=Disease

A model that is asked by instruction answers once by its likeliest choices and --samples times by drawing (default 5):
the table has the likeliest answer, the mean of single samples, the vote at one half and at the threshold with the best
F1, each with what it costs. For a label model, the threshold is that of its scores. Scores are compared with how often
they are right (expected calibration error over bins of equal size). All this on dev data: a threshold that was chosen
here must be kept when other data are scored, and test data have no place here.`;

/** The command as commander sees it; `runTune` does the work. */
export function tuneCommand(effects: Effects) {
  const command = new Command("tune")
    .description("Choose thresholds on dev data, measure calibration and cost.")
    .argument("<gold...>", "dev corpora with gold mentions")
    .option("-m, --model <model>", "model folder, GGUF file or a server's model (default: built-in)")
    .option("-t, --types <A,B>", "types to mark and to score (default: the model's)", collectList)
    .option("--map <Source=Target>", "rename gold types (Source= drops them)", collectMap)
    .addOption(
      new Option("-f, --format <format>", "format of the corpora (default: by suffix)").choices(
        corpusFormats,
      ),
    )
    .option("--limit <n>", "use the first n documents of each corpus", parseCount)
    .option("--json", "print the whole result as JSON")
    .option("-o, --out <file>", "write the result as JSON to this file; an interrupted run goes on")
    .addHelpText("after", examples)
    .action(async (gold, options) => {
      const { openTagger } = await import("../tagging/index.ts");
      await runTune(gold, options, { ...effects, openTagger });
    });
  return addEngineOptions(command);
}
