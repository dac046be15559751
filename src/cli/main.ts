#!/usr/bin/env node
/** @file The command line → the verb's module, loaded only when it is used; whatever is thrown → an exit code. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { Command, CommanderError } from "@commander-js/extra-typings";
import type { Effects } from "./effects.ts";
import { describeFailure, exitCodes, isBrokenPipe } from "./failures.ts";
import { closeEngineRuns, engineRunsOpen } from "../shared/engine-runs.ts";
import { version } from "./version.ts";

interface Verb {
  readonly summary: string;
  readonly load: (effects: Effects) => Promise<CommandUnknownOpts>;
}

const verbs: Readonly<Record<string, Verb>> = {
  tag: {
    summary: "mark biomedical entities in text files",
    load: async (effects) => (await import("./tag.ts")).tagCommand(effects),
  },
  tune: {
    summary: "choose thresholds on dev data, measure calibration and cost",
    load: async (effects) => (await import("./tune.ts")).tuneCommand(effects),
  },
  convert: {
    summary: "convert a corpus between formats, and say what is lost",
    load: async (effects) => (await import("./convert.ts")).convertCommand(effects),
  },
  evaluate: {
    summary: "score predicted mentions against gold ones",
    load: async (effects) => (await import("./evaluate.ts")).evaluateCommand(effects),
  },
  train: {
    summary: "fine-tune a model from a recipe",
    load: async (effects) => (await import("./train.ts")).trainCommand(effects),
  },
  plan: {
    summary: "say what a training run will take: memory, disk, time",
    load: async (effects) => (await import("./plan.ts")).planCommand(effects),
  },
  pull: {
    summary: "download a model from the Hugging Face hub",
    load: async (effects) => (await import("./pull.ts")).pullCommand(effects),
  },
  cache: {
    summary: "show or delete the quantised weights that runs have kept",
    load: async (effects) => (await import("./cache.ts")).cacheCommand(effects),
  },
  export: {
    summary: "write a model or an adapter for other tools",
    load: async (effects) => (await import("./export.ts")).exportCommand(effects),
  },
  corpus: {
    summary: "check, count, split, compare and fetch corpora",
    load: async (effects) => (await import("./corpus.ts")).corpusCommand(effects),
  },
  instruct: {
    summary: "write instruction data from a corpus",
    load: async (effects) => (await import("./instruct.ts")).instructCommand(effects),
  },
  align: {
    summary: "carry a model's marked answers over to their texts",
    load: async (effects) => (await import("./align.ts")).alignCommand(effects),
  },
};

await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  const effects = processEffects();
  try {
    const program = await programFor(words, effects);
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (isBrokenPipe(error)) process.exit();
    if (effects.signal.aborted) return; // Ctrl-C ends the process, as soon as its engines let it
    process.exitCode = exitCodeOf(error);
  }
}

/** The verb in use is loaded whole; of the others the help needs no more than name and summary. */
async function programFor(words: readonly string[], effects: Effects): Promise<Command> {
  const program = new Command("nerium")
    .description("Biomedical named-entity recognition: tag texts, train models, score predictions.")
    .version(version(), "-V, --version")
    .addHelpText("after", "\nnerium <verb> --help tells more, with examples.")
    .exitOverride();
  const [used] = words.filter((word) => !word.startsWith("-") && word !== "help");
  for (const [name, { summary, load }] of Object.entries(verbs)) {
    const command = name === used ? await load(effects) : new Command(name);
    program.addCommand(command.summary(summary).copyInheritedSettings(program));
  }
  return program;
}

/** Commander has printed its own errors already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const { exitCode, message } = describeFailure(error);
  process.stderr.write(message);
  return exitCode;
}

/** The real streams; from here on Ctrl-C ends with 130, and `… | head` without a word. */
function processEffects(): Effects {
  const interruption = new AbortController();
  process.once("SIGINT", () => {
    interruption.abort();
    process.once("SIGINT", () => process.exit(exitCodes.interrupted)); // whoever cannot wait
    // What an engine has been given has to end first, or the thread that runs it takes the process down with a core dump.
    if (engineRunsOpen() > 0)
      process.stderr.write("nerium: stopping after the batches at work (Ctrl-C again: at once)\n");
    void closeEngineRuns(30_000).then(() => process.exit(exitCodes.interrupted));
  });
  for (const stream of [process.stdout, process.stderr]) {
    // other faults reach whoever wrote (`write`); without a listener they would kill the process with a stack
    stream.on("error", (error) => {
      if (isBrokenPipe(error)) process.exit();
    });
  }
  process.on("uncaughtException", (error) => {
    process.exitCode = exitCodeOf(error);
    process.exit();
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    now: () => performance.now(),
    signal: interruption.signal,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}
