/** @file Which tokens stand for no text → their ids in a vocabulary. */
import type { SpecialIds } from "./types.ts";

/** The special tokens of our own tokenizers, in the order of their ids 0, 1, 2, 3. */
export const specialTokens = ["<pad>", "<unk>", "<mask>", "<sep>"] as const;

export type SpecialNames = Readonly<Record<keyof SpecialIds, string>>;

const defaultNames: SpecialNames = { pad: "<pad>", unknown: "<unk>", mask: "<mask>", separator: "<sep>" };

/** Looks the special tokens up, under the names given or else our own. */
export function findSpecials(
  idOf: (token: string) => number | undefined,
  names: Partial<SpecialNames> = {},
): SpecialIds {
  const find = (kind: keyof SpecialIds): number => idOf(names[kind] ?? defaultNames[kind]) ?? -1;
  return { pad: find("pad"), unknown: find("unknown"), mask: find("mask"), separator: find("separator") };
}
