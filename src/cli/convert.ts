/** @file `nerium convert`: a corpus in one format → the same corpus in another, with an account of what was lost. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CorpusFormat, OffsetUnit, TargetFormat } from "../corpora/index.ts";
import { corpusFormats, targetFormats } from "../corpora/index.ts";
import { runConvert } from "./convert-run.ts";
import type { Effects } from "./effects.ts";

export interface ConvertOptions {
  readonly from?: CorpusFormat | undefined;
  readonly to?: TargetFormat | undefined;
  readonly report?: string | undefined;
  readonly strict?: boolean | undefined;
  readonly scheme?: "iob2" | "iobes" | undefined;
  readonly tokens?: "spaces" | "words" | undefined;
  readonly offsets?: OffsetUnit | undefined;
  readonly type?: string | undefined;
  readonly perLine?: boolean | undefined;
  readonly eval?: string | undefined;
  readonly alternatives?: string | undefined;
  readonly ids?: string | undefined;
}

const examples = `
Examples:
  nerium convert corpus.pubtator corpus.jsonl
  nerium convert brat-folder/ corpus.bioc.xml --report losses.json
  nerium convert train.in train.pubtator.gz --eval train.GENE.eval --alternatives train.ALTGENE.eval
  nerium convert corpora/ converted/ --to bio --scheme iobes
  zcat corpus.pubtator.gz | nerium convert - - --from pubtator --to jsonl --strict > corpus.jsonl

Formats are told by suffix, or by what a file begins with; --from and --to decide. .gz is read and written.
A folder is read as one corpus if its format is made of folders (brat); else all files of known suffixes are read, into
one output file, or into a folder one by one. jsonl holds everything; for other formats one line on stderr counts what
was lost, --report FILE has it all as JSON with examples, and --strict fails (exit code 1) and writes nothing if
anything was. Output appears when it is complete.`;

/** The command as commander sees it; `runConvert` does the work. */
export function convertCommand(effects: Effects) {
  return new Command("convert")
    .description("Convert a corpus from one format to another, and say what the target cannot hold.")
    .argument("<in>", "file or folder to read; - is stdin")
    .argument("<out>", "file or folder to write; - is stdout")
    .addOption(
      new Option("--from <format>", "format to read (default: by suffix or beginning)").choices(
        corpusFormats,
      ),
    )
    .addOption(new Option("--to <format>", "format to write (default: by suffix)").choices(targetFormats))
    .option("--report <file>", "write all losses and oddities as JSON")
    .option("--strict", "fail and write nothing if anything is lost")
    .addOption(
      new Option("--scheme <scheme>", "bio: labels to write (default: the source's, or iob2)").choices([
        "iob2",
        "iobes",
      ] as const),
    )
    .addOption(
      new Option("--tokens <what>", "bio: what a text is divided into (default: words)").choices([
        "spaces",
        "words",
      ] as const),
    )
    .addOption(
      new Option("--offsets <unit>", "jsonl: unit of the offsets (default: code-point)").choices([
        "code-point",
        "utf-16",
      ] as const),
    )
    .option("--type <name>", "type of bare labels (bio) and of <mark> (marked)")
    .option("--per-line", "text: read one document a line")
    .option("--eval <file>", "bc2: the answers to read (GENE.eval)")
    .option("--alternatives <file>", "bc2: the alternatives to read (ALTGENE.eval)")
    .option("--ids <file>", "convert only the documents whose ids are listed here, one a line")
    .addHelpText("after", examples)
    .action((input, output, options) => runConvert(input, output, options, effects));
}
