/** @file A GGUF file → llama.cpp's own server in a process of its own, where this machine has one. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** The server's path, or its name if it is on the PATH; undefined where there is none. */
export function findLlamaServer(): string | undefined {
  const path = process.env["NERIUM_LLAMA_SERVER"] || "llama-server";
  return spawnSync(path, ["--version"], { timeout: 20_000 }).status === 0 ? path : undefined;
}

export interface LlamaServer extends AsyncDisposable {
  readonly baseUrl: string;
}

export async function startLlamaServer(path: string, model: string): Promise<LlamaServer> {
  const port = await freePort();
  const words = ["-m", model, "--port", String(port), "--host", "127.0.0.1"];
  const settings = [
    "-t",
    "1",
    "-tb",
    "1",
    "-c",
    "4096",
    "-np",
    "2",
    "--no-warmup",
    "-ngl",
    "0",
    "--skip-chat-parsing",
  ];
  const child = spawn(path, [...words, ...settings], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`llama-server did not start:\n${said}`);
    const health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (health?.ok === true) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    baseUrl,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
