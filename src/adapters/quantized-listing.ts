/** @file The folder of kept quantised weights → what lies there, made by which model, finished or left by a run that was killed. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { openToRead } from "../formats/open-file.ts";
import { readHeader } from "../formats/safetensors.ts";

export interface KeptWeights {
  /** Its name in the folder. */
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
  /** When it was written, in ISO 8601. */
  readonly written: string;
  /** The model as its recipe named it; absent of a file that is unfinished or damaged. */
  readonly model?: string;
}

/** By name; nothing where there is no such folder. Files of other kinds are not listed. */
export async function listQuantized(folder: string): Promise<KeptWeights[]> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => /\.safetensors(\.[\w-]+\.tmp)?$/.test(name)).sort();
  return await Promise.all(
    ours.map(async (file) => {
      const path = join(folder, file);
      const { size: bytes, mtime } = await stat(path);
      const model = file.endsWith(".tmp") ? undefined : await modelOf(path, bytes);
      return { file, path, bytes, written: mtime.toISOString(), ...(model !== undefined && { model }) };
    }),
  );
}

async function modelOf(path: string, bytes: number): Promise<string | undefined> {
  try {
    await using handle = await openToRead(path, "a file of quantised weights");
    return (await readHeader(handle, path, bytes)).metadata["model"];
  } catch {
    return undefined; // damaged: it is listed without a model, and made anew when it is wanted
  }
}
