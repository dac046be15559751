/** @file The command as a process: exit codes, help, suggestions, pipes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const main = join(import.meta.dirname, "main.ts");

function nerium(words: string[], input = "") {
  const node = ["--import", "tsx", "--conditions=@nerium/source", main, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { input, encoding: "utf8" });
  return { status, stdout, stderr };
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-main-"));
  writeFileSync(
    join(folder, "gold.jsonl"),
    `{"id":"1","text":"Gout","entities":[{"start":0,"end":4,"label":"D"}]}\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("nerium", () => {
  test("lists the verbs", () => {
    const { status, stdout } = nerium(["--help"]);
    expect(status).toBe(0);
    for (const verb of ["tag", "evaluate", "train"])
      expect(stdout).toMatch(new RegExp(`^  ${verb} .*\\w`, "m"));
  });

  test("tells its version", () => {
    expect(nerium(["--version"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test("suggests the verb that was meant, with exit code 2", () => {
    const { status, stderr } = nerium(["evalute"]);
    expect(status).toBe(2);
    expect(stderr).toContain("Did you mean evaluate?");
  });

  test("wants a verb", () => {
    expect(nerium([])).toMatchObject({ status: 2, stderr: expect.stringContaining("Usage:") });
  });

  test("explains a verb, with examples", () => {
    const { status, stdout } = nerium(["evaluate", "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("--pred-format");
    expect(stdout).toContain("Examples:");
    expect(nerium(["help", "evaluate"]).stdout).toBe(stdout);
  });

  test("takes a wrong option or value as a usage error", () => {
    expect(nerium(["evaluate", "a", "b", "--jsn"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Did you mean --json?"),
    });
    expect(nerium(["evaluate", "a", "b", "--map", "X"]).status).toBe(2);
    expect(nerium(["evaluate", "a"]).status).toBe(2);
    expect(nerium(["evaluate", "-", "-"])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^nerium: .*\n$/),
    });
  });

  test("ends with 1 and one line for a file that is not there", () => {
    const { status, stderr } = nerium(["evaluate", join(folder, "no.jsonl"), join(folder, "gold.jsonl")]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^nerium: .*no\.jsonl.*\n$/);
  });

  test("reads a prediction from stdin", () => {
    const gold = join(folder, "gold.jsonl");
    const row = `{"id":"1","text":"Gout","entities":[{"start":0,"end":4,"label":"D"}]}\n`;
    const { status, stdout } = nerium(["evaluate", gold, "-", "--pred-format", "jsonl", "--json"], row);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ micro: { f1: 1 } });
  });
});
