/** @file `nerium pull` as a person sees it: a summary or JSON on stdout, progress on stderr. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MockHub, startMockHub } from "../../test/mock-hub.ts";
import { runPull } from "./pull.ts";
import { newRecordedOutput, newTestEffects } from "./test-effects.ts";

let hub: MockHub;
let home = "";
beforeAll(async () => {
  hub = await startMockHub({ "config.json": "{}", "model.safetensors": Buffer.alloc(3_000_000) });
  home = mkdtempSync(join(tmpdir(), "nerium-pull-"));
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

function effectsWith(terminal: boolean) {
  let time = 0;
  return {
    ...newTestEffects(),
    stderr: newRecordedOutput(terminal ? { isTTY: true, columns: 100 } : {}),
    now: () => (time += 500),
    environment: { HF_HOME: home, HF_ENDPOINT: hub.endpoint },
  };
}

describe("nerium pull", () => {
  it("shows how far it is and says where the model is", async () => {
    const effects = effectsWith(true);
    await runPull("org/tiny", {}, effects);
    expect(effects.stderr.text()).toMatch(/\d\/3 MB \(\d+ %\).*\/s.*model\.safetensors/);
    expect(effects.stdout.text()).toMatch(
      /^downloaded config\.json \(2 bytes\)\ndownloaded model\.safetensors/,
    );
    expect(effects.stdout.text()).toContain(join(home, "hub", "models--org--tiny", "snapshots", hub.commit));
  });

  it("prints JSON", async () => {
    const effects = effectsWith(false);
    await runPull("org/tiny", { json: true }, effects);
    expect(JSON.parse(effects.stdout.text())).toMatchObject({
      repository: "org/tiny",
      commit: hub.commit,
      files: [{ path: "config.json", status: "present" }, { path: "model.safetensors" }],
    });
    expect(effects.stderr.text()).toBe("");
  });

  it("needs no network where it is told so", async () => {
    hub.seen.length = 0;
    await runPull("org/tiny", { offline: true }, effectsWith(false));
    const effects = { ...effectsWith(false), environment: { HF_HOME: home, HF_HUB_OFFLINE: "1" } };
    await runPull("org/tiny", {}, effects);
    expect(effects.stdout.text()).toContain(`commit ${hub.commit.slice(0, 12)}`);
    expect(hub.seen).toEqual([]);
  });
});
