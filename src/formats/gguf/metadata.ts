/** @file Typed metadata of a GGUF file → plain numbers and texts, or an error that names the key. */
import { NeriumError } from "../../errors.ts";
import type { GgufMetadata } from "./types.ts";

/** Looks values up; a missing optional one is undefined, a wrong one is MODEL_FORMAT. */
export class MetadataView {
  constructor(
    readonly metadata: GgufMetadata,
    readonly file: string,
  ) {}

  refuse(key: string, expected: string, got: unknown): NeriumError {
    const shown = typeof got === "string" ? JSON.stringify(got.slice(0, 80)) : String(got);
    return new NeriumError("MODEL_FORMAT", `metadata ${key}: expected ${expected}, got ${shown}`, {
      file: this.file,
    });
  }

  text(key: string): string | undefined {
    const value = this.metadata.get(key)?.value;
    if (value === undefined || typeof value === "string") return value;
    throw this.refuse(key, "a text", typeof value);
  }

  number(key: string): number | undefined {
    const value = this.metadata.get(key)?.value;
    if (value === undefined) return undefined;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    throw this.refuse(key, "a number", Array.isArray(value) ? "a list" : typeof value);
  }

  /** A number, or a list (one for each layer) of equal numbers. */
  sameNumber(key: string): number | undefined {
    const value = this.metadata.get(key)?.value;
    if (!Array.isArray(value)) return this.number(key);
    const different = new Set(value.map(Number));
    if (different.size === 1) return [...different][0];
    throw this.refuse(key, "the same number for every layer", [...different].slice(0, 8).join(", "));
  }

  flag(key: string): boolean | undefined {
    const value = this.metadata.get(key)?.value;
    if (value === undefined || typeof value === "boolean") return value;
    throw this.refuse(key, "true or false", typeof value);
  }

  texts(key: string): readonly string[] | undefined {
    const field = this.metadata.get(key);
    if (field === undefined) return undefined;
    if (field.type === "array" && field.of === "string") return field.value as readonly string[];
    throw this.refuse(key, "a list of texts", field.type);
  }

  numbers(key: string): readonly number[] | undefined {
    const field = this.metadata.get(key);
    if (field === undefined) return undefined;
    if (field.type === "array" && field.of !== "string") return field.value.map(Number);
    throw this.refuse(key, "a list of numbers", field.type);
  }

  needed<T>(value: T | undefined, key: string): T {
    if (value !== undefined) return value;
    throw this.refuse(key, "a value", "none; is it a whole language model?");
  }
}
