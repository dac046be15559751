/** @file A byte → the visible character that stands for it in a byte-level vocabulary (GPT-2's alphabet), and back. */

/** GPT-2 keeps the printable Latin-1 bytes as they are and moves the other 68 to U+0100 and up, in byte order. */
const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

function makeAlphabet(): readonly string[] {
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : 0x100 + moved++),
  );
}

/** The symbol of each byte, indexed by the byte: 0x20 is "Ġ". */
export const byteSymbols: readonly string[] = makeAlphabet();

const byteOfCode = new Map(byteSymbols.map((symbol, byte) => [symbol.charCodeAt(0), byte]));

/** The bytes that a token of a byte-level vocabulary stands for; `undefined` when it holds a foreign character. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let index = 0; index < token.length; index++) {
    const byte = byteOfCode.get(token.charCodeAt(index));
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}
