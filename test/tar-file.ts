/** @file Names and contents → the bytes of a tar archive (POSIX ustar), for tests. */

const blockBytes = 512;

/** One entry: its header and its padded content. */
export function tarEntry(name: string, content: string | Uint8Array, kind = "0", prefix = ""): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 100);
  header.write(body.length.toString(8).padStart(11, "0"), 124);
  header.write("        ", 148);
  header.write(kind, 156);
  header.write("ustar\0", 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, "0"), 148);
  return Buffer.concat([header, body, Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes)]);
}

export const tarEnd = Buffer.alloc(2 * blockBytes);

export function tarFile(files: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  return Buffer.concat([...files.map(([name, content]) => tarEntry(name, content)), tarEnd]);
}
