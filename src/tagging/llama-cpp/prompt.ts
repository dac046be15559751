/** @file A GGUF model and the pieces of a prompt → the tokens that training with the same pieces has shown. */
import type { LlamaModel, Token } from "node-llama-cpp";
import { NeriumError } from "../../errors.ts";
import { beginToken, type FrameName, type Piece } from "../../instructions/index.ts";

/** The chat template that a model's own speaks of; plain where it has none, or one of another family. */
export function frameOfModel({ fileInfo }: LlamaModel): FrameName {
  const { chat_template: template } = fileInfo.metadata.tokenizer as { readonly chat_template?: unknown };
  if (typeof template !== "string") return "plain";
  if (template.includes("<|start_header_id|>")) return "llama3";
  return template.includes("<|im_start|>") ? "chatml" : "plain";
}

export function tokenizePieces(model: LlamaModel, pieces: readonly Piece[]): Token[] {
  return pieces.flatMap(({ text, special }) => (special ? specialTokens(model, text) : model.tokenize(text)));
}

function specialTokens(model: LlamaModel, name: string): readonly Token[] {
  if (name === beginToken) {
    const { bos, shouldPrependBosToken } = model.tokens;
    return bos !== null && shouldPrependBosToken ? [bos] : [];
  }
  const tokens = model.tokenize(name, true);
  if (tokens.length === 1) return tokens;
  throw new NeriumError("TOKENIZER", `the chat template needs the token ${name}, which the model lacks`);
}
