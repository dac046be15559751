/** @file The options that choose and steer a tagging engine: for every command that tags, and as the tagger wants them. */
import { readFile } from "node:fs/promises";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parse } from "yaml";
import { mapTypes, openCorpus } from "../corpora/index.ts";
import type { Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { BionerVariant, StyleName } from "../instructions/index.ts";
import { bionerVariants, sentencesOf, styleNames, usualGuidelines } from "../instructions/index.ts";
import { deviceSentence, type DeviceWish, deviceWishes } from "../runtime/choose-device.ts";
import type {
  ComputingChoice,
  EngineName,
  GrammarChoice,
  PrecisionWish,
  TaggerOptions,
} from "../tagging/index.ts";
import { engineNames, grammarChoices, precisionWishes } from "../tagging/index.ts";
import type { Effects } from "./effects.ts";
import { collectMap, parseCount, parsePositive, parseProbability } from "./options.ts";

export interface EngineCommandOptions {
  readonly engine?: EngineName | undefined;
  readonly model?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly style?: StyleName | undefined;
  readonly variant?: BionerVariant | undefined;
  readonly perType?: true | undefined;
  readonly examples?: string | undefined;
  readonly examplesMap?: Readonly<Record<string, string>> | undefined;
  readonly shots?: number | undefined;
  readonly shotsBy?: "random" | "similar" | undefined;
  /** `true`: those that come with Nerium. */
  readonly guidelines?: string | true | undefined;
  readonly samples?: number | undefined;
  readonly temperature?: number | undefined;
  readonly voteThreshold?: number | undefined;
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  readonly device?: DeviceWish | undefined;
  readonly precision?: PrecisionWish | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiKeyEnv?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly timeout?: number | undefined;
  readonly retries?: number | undefined;
  readonly grammar?: GrammarChoice | undefined;
  readonly prices?: Prices | undefined;
  readonly lora?: string | undefined;
  readonly context?: number | undefined;
}

interface Prices {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** Adds the options that are not the command's own; their values are `EngineCommandOptions`. */
export function addEngineOptions<C extends CommandUnknownOpts>(command: C): C {
  const groups = {
    "Asking a language model:": askingOptions(),
    "An OpenAI-compatible server:": serverOptionList(),
    "llama.cpp in this process:": localOptions(),
  };
  for (const [group, options] of Object.entries(groups)) {
    for (const option of options) command.addOption(option.helpGroup(group));
  }
  return command;
}

function counted(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseCount);
}

function measured(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parsePositive);
}

function askingOptions(): Option[] {
  const option = (flags: string, description: string): Option => new Option(flags, description);
  return [
    option("--engine <engine>", "what tags (default: what the model is for)").choices(engineNames),
    option("--style <style>", "how it is asked (default: as trained, or nerllama)").choices(styleNames),
    option("--variant <variant>", "bioner-llama only").choices(bionerVariants),
    option("--per-type", "one question for each type instead of one for all"),
    option("--examples <corpus>", "draw demonstrations from this corpus (training data only)"),
    option("--examples-map <Source=Target>", "rename its types").argParser(collectMap),
    counted("--shots <k>", "demonstrations in each prompt (default: 3)"),
    option("--shots-by <how>", "how they are chosen (default: similar)").choices(["random", "similar"]),
    option("--guidelines [file]", "say in the prompt what counts as a mention (YAML: Type: text)"),
    counted("--samples <n>", "answers to each question, which vote (default: 1)"),
    measured("--temperature <t>", "0 takes the likeliest (default: 0, for several samples 1)"),
    option("--vote-threshold <p>", "share of samples that a mention needs (default: 0.5)").argParser(
      parseProbability,
    ),
    counted("--seed <n>", "for all that is drawn (default: 0)"),
    option("--device <device>", "where models of Nerium's own compute").choices(deviceWishes).default("auto"),
    option("--precision <precision>", "how label models compute (auto: int8 where that pays)")
      .choices(precisionWishes)
      .default("auto"),
    counted("--threads <n>", "processor threads (default: all; llama.cpp: 2)"),
  ];
}

function serverOptionList(): Option[] {
  return [
    new Option("--base-url <url>", "its address up to /v1 (default: OPENAI_BASE_URL)"),
    new Option("--api-key-env <name>", "the variable that holds the key (default: OPENAI_API_KEY)"),
    counted("--concurrency <n>", "requests at once (default: 8)"),
    measured("--timeout <seconds>", "silence after which a try is given up (default: 120)"),
    counted("--retries <n>", "tries after the first (default: 6)"),
    new Option("--grammar <kind>", "hold answers to the text (default: auto)").choices(grammarChoices),
    new Option("--prices <in,cached,out>", "for a million tokens each").argParser(parsePrices),
  ];
}

function localOptions(): Option[] {
  return [
    new Option("--lora <file>", "an adapter as GGUF"),
    counted("--context <tokens>", "longest prompt and answer (default: 4096)"),
  ];
}

function parsePrices(value: string): Prices {
  const [input = Number.NaN, cachedInput = Number.NaN, output = Number.NaN, ...rest] = value
    .split(",")
    .map(Number);
  if ([input, cachedInput, output].every((price) => price >= 0) && rest.length === 0)
    return { input, cachedInput, output };
  throw new InvalidArgumentError("Expected three prices with commas between, e.g. 2.5,1.25,10.");
}

/** As the tagger wants them. The key comes from the environment only: command lines can be seen by others. */
export async function taggerOptions(
  options: EngineCommandOptions,
  { environment, stderr }: Pick<Effects, "environment" | "stderr">,
): Promise<TaggerOptions> {
  const { engine, model, types, style, variant, perType, samples, temperature, voteThreshold, seed } =
    options;
  return {
    engine,
    model,
    types,
    style,
    variant,
    perType,
    samples,
    temperature,
    voteThreshold,
    seed,
    threads: options.threads,
    device: options.device,
    precision: options.precision,
    onDevice: deviceTeller(options.device, stderr),
    grammar: options.grammar,
    lora: options.lora,
    contextSize: options.context,
    guidelines: await guidelinesOf(options),
    demonstrations: await demonstrationsOf(options),
    server:
      engine === "openai" || options.baseUrl !== undefined ? serverOptions(options, environment) : undefined,
  };
}

/** Says it once, whatever number of taggers is opened; that nothing speaks for a graphics card is not worth a sentence. */
function deviceTeller(
  wish: DeviceWish | undefined,
  stderr: Effects["stderr"],
): (choice: ComputingChoice) => void {
  let said = false;
  return (choice) => {
    const usual = wish === "auto" && choice.device === "cpu";
    const precisely = choice.precision === undefined ? "" : `, precision: ${choice.precision}`;
    if (!said) stderr.write(`nerium: ${usual ? "device: cpu" : deviceSentence(choice)}${precisely}\n`);
    said = true;
  };
}

function serverOptions(
  options: EngineCommandOptions,
  environment: Effects["environment"],
): NonNullable<TaggerOptions["server"]> {
  const {
    baseUrl = environment["OPENAI_BASE_URL"],
    apiKeyEnv,
    concurrency,
    prices,
    retries,
    timeout,
  } = options;
  if (baseUrl === undefined)
    throw new NeriumError("USAGE", "the engine openai needs --base-url, e.g. http://localhost:8000/v1");
  const apiKey = environment[apiKeyEnv ?? "OPENAI_API_KEY"];
  if (apiKeyEnv !== undefined && apiKey === undefined) {
    throw new NeriumError("USAGE", `--api-key-env: there is no variable ${apiKeyEnv} in the environment`);
  }
  if (!/^https?:\/\//.test(baseUrl))
    throw new NeriumError("USAGE", `--base-url: expected http:// or https://, got ${baseUrl}`);
  const request = {
    ...(retries !== undefined && { retries }),
    ...(timeout !== undefined && { timeout: 1000 * timeout }),
  };
  return { baseUrl, apiKey, concurrency: concurrency === 0 ? 1 : concurrency, prices, request };
}

async function guidelinesOf({ guidelines }: EngineCommandOptions): Promise<TaggerOptions["guidelines"]> {
  if (guidelines === undefined) return undefined;
  if (guidelines === true) return usualGuidelines;
  const read: unknown = parse(await readFile(guidelines, "utf8"));
  const isMap = typeof read === "object" && read !== null && !Array.isArray(read);
  if (isMap && Object.values(read).every((text) => typeof text === "string"))
    return read as Record<string, string>;
  throw new NeriumError("DATA", "expected lines of Type: text", { file: guidelines });
}

async function demonstrationsOf(options: EngineCommandOptions): Promise<TaggerOptions["demonstrations"]> {
  const { examples, examplesMap = {}, shots: count = 3, shotsBy: by = "similar" } = options;
  if (examples === undefined) {
    if (options.shots === undefined && options.shotsBy === undefined) return undefined;
    throw new NeriumError("USAGE", "demonstrations need a corpus to draw from; give --examples");
  }
  const passages: Passage[] = [];
  for await (const document of mapTypes(openCorpus(examples), examplesMap)) {
    for (const passage of document.passages) passages.push(...sentencesOf(passage));
  }
  return { passages, count, by };
}
