/** @file A local server that answers chat completions as a test tells it to, badly if need be. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface MockRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** The body of a POST, parsed. */
  readonly body: {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly [key: string]: unknown;
  };
  /** Requests to chat/completions before this one. */
  readonly number: number;
}

export type Behaviour = (request: MockRequest, response: ServerResponse) => void | Promise<void>;

export interface MockServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Requests to chat/completions so far. */
  readonly requests: readonly MockRequest[];
  /** Most requests that were under way at once. */
  readonly mostAtOnce: () => number;
}

/** GET requests are answered from `gets` by path, with 404 otherwise. */
export async function startMockServer(
  behaviour: Behaviour,
  gets: Readonly<Record<string, unknown>> = {},
): Promise<MockServer> {
  const requests: MockRequest[] = [];
  let [open, most] = [0, 0];
  const server = createServer((incoming, response) => {
    void (async () => {
      const path = incoming.url ?? "";
      if (incoming.method === "GET") return sendJson(response, path in gets ? 200 : 404, gets[path] ?? {});
      most = Math.max(most, ++open);
      response.once("close", () => open--);
      const chunks: Uint8Array[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as MockRequest["body"];
      const request = { path, headers: incoming.headers, body, number: requests.length };
      requests.push(request);
      await behaviour(request, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    mostAtOnce: () => most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: object = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}

export const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  prompt_tokens_details: { cached_tokens: 60 },
};

/** A streamed answer in pieces of a few characters, with what servers put between them. */
export function sendAnswer(response: ServerResponse, text: string, finish = "stop"): void {
  beginStream(response);
  response.write(": a comment\n\nevent: message\n");
  for (const piece of text.match(/[\s\S]{1,7}/gu) ?? []) sendPiece(response, piece);
  response.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: finish }] })}\n\n`);
  response.write(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
  response.end();
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
}

export function sendPiece(response: ServerResponse, content: string): void {
  response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
}

/** The sentence behind NERLlama's last heading. */
export function sentenceIn({ body }: MockRequest): string {
  return body.messages.at(-1)!.content.split("Be cautious here is the Input:\n").at(-1)!;
}

/** Marks every "gout". */
export function markGout(text: string): string {
  return text.replaceAll(/gout/gi, "@@$&##");
}
