/** Weights of a trained network as the link and the server have them: float64 in base64, row by row. */

export const TRAINED = -1; // in the place of a seed

export function numbersFrom(encoded: string): Float64Array | undefined {
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return bytes.length % 8 ? undefined : new Float64Array(bytes.buffer);
  } catch {
    return undefined;
  }
}

/** The weights by tensor; undefined unless they are just those of a network with such parameters. */
export function weightsFor(encoded: Record<string, string>, shapes: Record<string, (number | string)[]>): Record<string, number[]> | undefined {
  const names = Object.keys(shapes);
  if (!names.length || names.length !== Object.keys(encoded).length) return undefined;
  const found: Record<string, number[]> = {};
  for (const name of names) {
    const numbers = numbersFrom(encoded[name] ?? "?");
    if (numbers?.length !== shapes[name]!.reduce<number>((product, size) => product * Number(size), 1)) return undefined;
    found[name] = [...numbers];
  }
  return found;
}

export function base64Of(bytes: Uint8Array): string {
  let written = "";
  for (const byte of bytes) written += String.fromCharCode(byte);
  return btoa(written);
}
