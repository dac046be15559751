/** @file XML by hand and by malice: bytes cut anywhere, limits, entities, and faults with their place. */
import { describe, expect, it } from "vitest";
import { collect } from "./streams.ts";
import { escapeAttribute, escapeText, readXml } from "./xml.ts";
import type { XmlHandler, XmlOptions } from "./xml.ts";

function newEcho(): XmlHandler<string> {
  let events: string[] = [];
  return {
    open: (name, attributes) => events.push(`<${name}${JSON.stringify(attributes)}`),
    text: (text) => events.push(text),
    close: (name) => events.push(`/${name}`),
    take: () => {
      const taken = events;
      events = [];
      return taken;
    },
  };
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(xml: string, size = 1000, options: Partial<XmlOptions> = {}): Promise<string> {
  const events = await collect(readXml(cut(Buffer.from(xml), size), { file: "x.xml", ...options }, newEcho));
  return events.join("");
}

describe("readXml", () => {
  it.each([1, 2, 3, 5, 1000])("gives the same, %i bytes at a time", async (size) => {
    const xml =
      '\uFEFF<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd"><a b="&#x1F9EC;é"><![CDATA[<&]]>🧬&amp;中\r\nx<c/></a>\n';
    expect(await read(xml, size)).toBe('<a{"b":"🧬é"}<&🧬&中\nx<c{}/c/a\n');
  });

  it("gives back what was escaped", async () => {
    const text = "\r\n\t & < > ]]> \" ' 🧬";
    expect(await read(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`)).toBe(
      `<a${JSON.stringify({ b: text })}${text}/a`,
    );
  });

  const laughs =
    '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;"><!ENTITY n SYSTEM "file:///etc/passwd">]>';
  it.each([
    ["an entity of the DTD", `${laughs}\n<a>&m;</a>`, 2, /undefined entity/i],
    ["an external entity", `${laughs}\n\n<a>&n;</a>`, 3, /undefined entity/i],
    ["an unclosed element", "<a>\n<b></a>", 2, /unexpected close tag/i],
    ["a cut-off file", "<a>\n<b>", 2, /unclosed tag/i],
    ["an attribute twice", '<a>\n<b c="" c=""/></a>', 2, /duplicate attribute/i],
    ["a control character", "<a>\n\u0001</a>", 2, /disallowed character/i],
    ["no XML at all", "PMID|t|", 1, /text/i],
    ["nesting beyond the limit", "<a>".repeat(300), 1, /nested more than 256 deep/],
  ])("refuses %s and says where", async (_, xml, line, message) => {
    for (const size of [1, 1000]) {
      await expect(read(xml, size)).rejects.toMatchObject({ code: "CORPUS_FORMAT", file: "x.xml", line });
      await expect(read(xml, size)).rejects.toThrow(message);
    }
  });

  it("refuses a document beyond the limit, and bytes that are not UTF-8", async () => {
    const silent = (): XmlHandler<string> => ({ ...newEcho(), take: () => [] });
    const long = cut(Buffer.from(`<a>${"<b/>".repeat(100)}</a>`), 50);
    await expect(collect(readXml(long, { file: "x", maxItemBytes: 200 }, silent))).rejects.toThrow(
      /more than 200/,
    );
    const latin = cut(Buffer.from("<a>\n\xe9</a>", "latin1"), 100);
    await expect(collect(readXml(latin, { file: "x" }, newEcho))).rejects.toMatchObject({
      code: "ENCODING",
      line: 2,
    });
  });
});
