/**
 * @file One tiny parser for each format of the shared corpora, with nothing of Nerium's: what its readers are compared
 * with. They know these files and nothing else, and trust them.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Facts } from "./facts.ts";
import { fact } from "./facts.ts";

const points = (text: string): number => Array.from(text).length;

/** Lines whose offsets lie in neither title nor abstract are no mentions. */
export function parsePubTator(path: string): Facts[] {
  const records = readFileSync(path, "utf8").split(/\n(?:\s*\n)+/);
  return records.filter((record) => record.trim() !== "").map(pubTatorRecord);
}

function pubTatorRecord(record: string): Facts {
  const [first = "", second = "", ...lines] = record.replace(/^\s+/, "").split("\n");
  const id = first.slice(0, first.indexOf("|"));
  const title = first.slice(id.length + 3);
  const abstract = second.slice(id.length + 3);
  const [titleEnd, end] = [points(title), points(title) + 1 + points(abstract)];
  const mentions = lines.flatMap((line) => {
    const [, from = "", to = "", , type, ids] = line.split("\t");
    if (!/^\d+$/.test(from) || !/^\d+$/.test(to) || type === undefined) return [];
    const [a, b] = [Number(from), Number(to)];
    if (a >= b || b > end || (a <= titleEnd && b > titleEnd)) return [];
    const passage = b <= titleEnd ? 0 : 1;
    const shift = passage === 0 ? 0 : titleEnd + 1;
    return fact({
      passage,
      spans: [[a - shift, b - shift]],
      type,
      ids: ids === undefined || ids === "" ? [] : [ids],
    });
  });
  return { id, texts: [title, abstract], mentions: mentions.sort() };
}

/** The files of an archive by path, unpacked by tar. */
function unpacked(archive: string, folder: string): string[] {
  execFileSync("tar", ["-xzf", archive, "-C", folder]);
  return execFileSync("tar", ["-tzf", archive], { encoding: "utf8", maxBuffer: 1 << 26 })
    .trim()
    .split("\n")
    .sort();
}

/** T lines of `.ann` and `.a1`; those of `.a2` are events' triggers. */
export function parseBrat(archive: string, folder: string): Facts[] {
  return unpacked(archive, folder)
    .filter((name) => /\.(?:ann|a1)$/.test(name))
    .map((name) => {
      const stem = name.replace(/\.[^.]*$/, "");
      const ids = new Map<string, string[]>();
      const lines = readFileSync(`${folder}/${name}`, "utf8").split(/\r?\n/);
      for (const line of lines.filter((one) => one.startsWith("N"))) {
        const [, of = "", id = ""] = line.split("\t")[1]!.split(" ");
        ids.set(of, [...(ids.get(of) ?? []), id]);
      }
      const mentions = lines
        .filter((line) => line.startsWith("T"))
        .map((line) => {
          const [name, middle = ""] = line.split("\t");
          const [type = "", ...places] = middle.split(" ");
          const spans = places
            .join(" ")
            .split(";")
            .map((part) => part.split(" ").map(Number) as [number, number]);
          return fact({ passage: 0, spans, type, ids: ids.get(name!) });
        });
      return {
        id: stem.replace(/^.*\//, ""),
        texts: [readFileSync(`${folder}/${stem}.txt`, "utf8")],
        mentions: mentions.sort(),
      };
    });
}

/** All ontologies of an article together. */
export function parseKnowtator(archive: string, folder: string): Facts[] {
  const names = unpacked(archive, folder);
  return names
    .filter((name) => /articles\/txt\/\d+\.txt$/.test(name))
    .map((name) => {
      const id = /(\d+)\.txt$/.exec(name)![1]!;
      const files = names.filter((other) => other.endsWith(`/${id}.txt.knowtator.xml`));
      const mentions = files.flatMap((file) => {
        const xml = readFileSync(`${folder}/${file}`, "utf8");
        const classes = new Map(
          Array.from(xml.matchAll(/<classMention id="([^"]+)">\s*<mentionClass id="([^"]+)"/g), (found) => [
            found[1],
            found[2]!,
          ]),
        );
        return Array.from(xml.matchAll(/<annotation>([^]*?)<\/annotation>/g), ([, inner = ""]) =>
          fact({
            passage: 0,
            spans: Array.from(
              inner.matchAll(/<span start="(\d+)" end="(\d+)"/g),
              ([, a, b]) => [Number(a), Number(b)] as const,
            ).sort(([a, z], [b, y]) => a - b || z - y),
            type: file.split("/").at(-3)!,
            ids: [classes.get(/<mention id="([^"]+)"/.exec(inner)![1])!],
          }),
        );
      });
      return { id, texts: [readFileSync(`${folder}/${name}`, "utf8")], mentions: mentions.sort() };
    });
}

/** Offsets in a file of BioC count from the document's start, in code points. */
export function parseBiocXml(path: string): Facts[] {
  const xml = readFileSync(path, "utf8");
  const plain = (text: string): string =>
    text
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&apos;", "'")
      .replaceAll("&amp;", "&");
  return Array.from(xml.matchAll(/<document>([^]*?)<\/document>/g), ([, document = ""]) => {
    const passages = Array.from(document.matchAll(/<passage>([^]*?)<\/passage>/g), ([, inner = ""]) => inner);
    const annotation = /<annotation[^>]*>([^]*?)<\/annotation>/g;
    const mentions = passages.flatMap((passage, index) => {
      const before = Number(/<offset>(\d+)<\/offset>/.exec(passage)![1]);
      return Array.from(passage.matchAll(annotation), ([, inner = ""]) => {
        const infons = Array.from(
          inner.matchAll(/<infon key=["']([^"']+)["']>([^<]*)</g),
          ([, key, value]) => [key!, plain(value!)] as const,
        );
        const spans = Array.from(inner.matchAll(/<location\s[^>]*>/g), ([tag]) => {
          const start = Number(/offset=['"](\d+)/.exec(tag)![1]) - before;
          return [start, start + Number(/length=['"](\d+)/.exec(tag)![1])] as const;
        });
        const ids = infons.filter(([key]) => key === "MESH" || key === "OMIM").map(([, value]) => value);
        return fact({ passage: index, spans, type: infons.find(([key]) => key === "type")![1], ids });
      });
    });
    const texts = passages.map((passage) =>
      plain(/<text>([^]*?)<\/text>/.exec(passage.replaceAll(annotation, ""))?.[1] ?? ""),
    );
    return { id: /<id>([^<]*)</.exec(document)![1]!, texts, mentions: mentions.sort() };
  });
}

/** Offsets of BioCreative II leave out white space and name a mention's last character. */
export function parseBc2(path: string, evalPath: string): Facts[] {
  const answers = new Map<string, string[]>();
  for (const line of readFileSync(evalPath, "utf8").split("\n")) {
    const [id = "", place = ""] = line.split("|");
    answers.set(id, [...(answers.get(id) ?? []), place]);
  }
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = ""] = line.split(" ", 1);
      const text = line.slice(id.length + 1);
      const solid = Array.from(text, (character, index) => [character, index] as const).filter(
        ([character]) => !/\s/.test(character),
      );
      const mentions = (answers.get(id) ?? []).map((place) => {
        const [first, last] = place.split(" ").map(Number);
        return fact({ passage: 0, spans: [[solid[first!]![1], solid[last!]![1] + 1]], type: "Gene" });
      });
      return { id, texts: [text], mentions: mentions.sort() };
    });
}

export interface TokenFacts {
  readonly tokens: readonly string[];
  /** `first-last type`, counting tokens. */
  readonly mentions: readonly string[];
}

/** Sentences of two columns; bare labels get the given type. An I that continues nothing begins a mention. */
export function parseBio(path: string, type: string): TokenFacts[] {
  return readFileSync(path, "utf8")
    .split(/\r?\n(?:\r?\n)+/)
    .filter((block) => block.trim() !== "")
    .map((block) => {
      const rows = block
        .split(/\r?\n/)
        .filter((line) => line !== "")
        .map((line) => line.split("\t"));
      const spans: { first: number; last: number; type: string }[] = [];
      for (const [index, [, label = "O"]] of rows.entries()) {
        if (label === "O") continue;
        const own = label.slice(2) || type;
        const open = spans.at(-1);
        if (label.startsWith("I") && open?.last === index - 1 && open.type === own) open.last = index;
        else spans.push({ first: index, last: index, type: own });
      }
      return {
        tokens: rows.map(([token]) => token!),
        mentions: spans.map((span) => `${span.first}-${span.last} ${span.type}`),
      };
    });
}
