/** @file Bytes → text, strictly UTF-8; what is not UTF-8 is reported with its line and byte. */
import { isAscii, isUtf8, transcode } from "node:buffer";
import { NeriumError } from "../errors.ts";

/** Decodes all bytes and keeps a byte-order mark. `line` is the number of the line that the bytes begin. Throws ENCODING. */
export function decodeUtf8(bytes: Uint8Array, file: string, line: number): string {
  // A strict TextDecoder does the same in three times the time.
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (isUtf8(bytes)) return transcode(bytes, "utf8", "utf16le").toString("utf16le");
  throw encodingError(bytes, file, line);
}

function encodingError(bytes: Uint8Array, file: string, firstLine: number): NeriumError {
  const valid = validPrefix(bytes);
  const at = Buffer.byteLength(valid);
  const lineStart = bytes.subarray(0, at).lastIndexOf(0x0a) + 1;
  const line = firstLine + valid.split("\n").length - 1;
  const column = valid.length - valid.lastIndexOf("\n");
  const byte = bytes[at]!.toString(16).toUpperCase().padStart(2, "0");
  const utf16 = firstLine === 1 && at === 0 && (bytes[0] === 0xff || bytes[0] === 0xfe);
  return new NeriumError(
    "ENCODING",
    `expected UTF-8, got byte 0x${byte} (byte ${at - lineStart + 1} of line ${line}); convert the file first, e.g. ` +
      `iconv -f ${utf16 ? "UTF-16" : "WINDOWS-1252"} -t UTF-8 ${JSON.stringify(file)} > converted`,
    { file, line, column },
  );
}

/** The longest text that the bytes begin with. A prefix that breaks stays broken however it goes on, so we may bisect. */
function validPrefix(bytes: Uint8Array): string {
  let low = 0; // the longest prefix known to be sound, up to an unfinished last character
  let high = bytes.length + 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (decodedPrefix(bytes, middle) === undefined) high = middle;
    else low = middle;
  }
  return decodedPrefix(bytes, low)!;
}

function decodedPrefix(bytes: Uint8Array, length: number): string | undefined {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes.subarray(0, length), { stream: true });
  } catch {
    return undefined;
  }
}
