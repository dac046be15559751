/**
 * @file Abstracts a second and peak memory from text to mentions: the built-in model against a BERT-base token classifier
 * of random weights in transformers.js, on the same abstracts and threads, in turns. Peers are installed by hand:
 *
 *     npm install --no-save --prefix PEERS @huggingface/transformers
 *     NERIUM_PEERS=PEERS NERIUM_PYTHON=python-with-torch npm run bench tagging (after npm run build)
 *
 * `npm run bench tagging precisions` leaves the peers out: the built-in model in 8 bits against single precision.
 * `npm run bench tagging file 100000` measures the memory of `nerium tag` over a file of so many abstracts instead.
 */
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { startProcess } from "../src/shared/workers.ts";
import { sharedFile } from "../test/shared-data.ts";
import { machine } from "./measure.ts";
import type { ChildAnswer, ChildSettings } from "./peers/tagging-child.ts";
import { benchBigFile } from "./tagging-file.ts";

const threads = 2;
const rounds = 3;
const texts = 64;

/** Longer ones BERT would cut off at 512 tokens, and have less to do. */
const mostWords = 320;

/** Abstracts spread over the whole file, which is sorted by source. */
export async function someAbstracts(count: number): Promise<string[]> {
  const path = sharedFile("text", "abstracts.txt.gz");
  if (!existsSync(path)) throw new Error(`the bench needs real abstracts, and ${path} is not there`);
  const all: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) }))
    if (line.split(" ").length <= mostWords) all.push(line);
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]!);
}

/** A process that tags what it is sent. */
interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly answers: ChildAnswer[];
}

async function ask<T>(child: ChildProcess, message: ChildSettings | readonly string[]): Promise<T> {
  child.send(message);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the process that tags ended with ${code}`);
  });
  ended.catch(() => {}); // it ends in the end
  const [reply] = (await Promise.race([once(child, "message"), ended])) as [{ result: T; error?: string }];
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply.result;
}

async function startChild(name: string, settings: ChildSettings): Promise<Child> {
  const process = startProcess("./peers/tagging-child", import.meta.url);
  await ask(process, settings);
  return { name, process, answers: [] };
}

/** Where transformers.js is installed; throws with what to do if it is nowhere. */
function peersFolder(): string {
  const folder = process.env["NERIUM_PEERS"] ?? process.cwd();
  if (existsSync(join(folder, "node_modules", "@huggingface", "transformers"))) return folder;
  const install = `npm install --no-save --prefix ${folder} @huggingface/transformers`;
  throw new Error(
    `transformers.js is not installed in ${folder}; run "${install}", or name its folder in NERIUM_PEERS`,
  );
}

function makeBert(folder: string): string {
  const python = process.env["NERIUM_PYTHON"] ?? "python3";
  const vocabulary = sharedFile("tokenizers", "bert-base-uncased", "vocab.txt");
  const model = join(folder, "bert-base-random");
  const script = join(import.meta.dirname, "peers", "bert_base.py");
  const { status, stderr } = spawnSync(python, [script, model, vocabulary], { encoding: "utf8" });
  if (status === 0) return model;
  throw new Error(
    `${script} needs a Python with torch, transformers and onnx; name it in NERIUM_PYTHON\n${stderr}`,
  );
}

async function startPeers(installed: string, model: string): Promise<Child[]> {
  const peers: Child[] = [];
  for (const atOnce of [1, 8]) {
    const name = `BERT-base, transformers.js, ${atOnce} at once`;
    peers.push(await startChild(name, { threads, installed, model, atOnce, tagger: "transformers.js" }));
  }
  return peers;
}

export async function benchTagging(words: readonly string[]): Promise<void> {
  console.log(machine());
  if (words[0] === "file") return benchBigFile(Number(words[1] ?? 100_000), await someAbstracts(1000));
  const installed = words[0] === "precisions" ? undefined : peersFolder();
  const abstracts = await someAbstracts(texts);
  const folder = mkdtempSync(join(tmpdir(), "nerium-bench-"));
  const children: Child[] = [];
  try {
    for (const precision of ["auto", "float32"] as const) {
      const name = `built-in, precision ${precision}`;
      children.push(await startChild(name, { threads, precision, tagger: "nerium" }));
    }
    if (installed !== undefined) children.push(...(await startPeers(installed, makeBert(folder))));
    for (let round = 0; round <= rounds; round++) {
      for (const { process, answers } of children) {
        const given = round === 0 ? abstracts.slice(0, 8) : abstracts; // to warm up
        const answer = await ask<ChildAnswer>(process, given);
        if (round > 0) answers.push(answer);
      }
    }
    report(children);
  } finally {
    for (const { process } of children) process.kill();
    rmSync(folder, { recursive: true });
  }
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1]!;

function report(children: readonly Child[]): void {
  console.log(
    `${texts} abstracts of at most ${mostWords} words, ${threads} threads, median of ${rounds} rounds`,
  );
  const clock = ({ answers }: Child): number => median(answers.map(({ seconds }) => seconds));
  const processor = ({ answers }: Child): number => median(answers.map((answer) => answer.processor));
  const ours = children[0]!;
  for (const child of children) {
    const rate = (texts / clock(child)).toFixed(2);
    const each = ((1000 * processor(child)) / texts).toFixed(0);
    const peak = (child.answers.at(-1)!.peakBytes / 2 ** 20).toFixed(0);
    const ratios = `${(clock(child) / clock(ours)).toFixed(1)} × our time, ${(processor(child) / processor(ours)).toFixed(1)} × our processor time`;
    console.log(
      `  ${child.name}: ${rate} abstracts/s, ${each} ms of processor each, peak ${peak} MB; ${ratios}`,
    );
  }
}
