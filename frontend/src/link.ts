/** The state of the page in its address: only what differs from the page as it begins, compressed where that is shorter. */

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

/** What of `now` differs from `begin`; undefined where nothing does. */
export function difference(now: Plain, begin: Plain): Plain | undefined {
  if (!isRecord(now) || !isRecord(begin)) return JSON.stringify(now) === JSON.stringify(begin) ? undefined : now;
  const found: { [name: string]: Plain } = {};
  for (const [name, value] of Object.entries(now)) {
    const changed = name in begin ? difference(value, begin[name]!) : value;
    if (changed !== undefined) found[name] = changed;
  }
  return Object.keys(found).length ? found : undefined;
}

/** `begin` with what a link says written over it; what has another type, or no place in it, is left out. */
export function restored<T>(begin: T, changes: unknown): T {
  if (isRecord(begin as Plain)) {
    if (!isRecord(changes as Plain)) return begin;
    const result = { ...begin } as { [name: string]: unknown };
    const open = Object.keys(result).length === 0; // a table of the person's own names
    for (const [name, value] of Object.entries(changes as { [name: string]: unknown })) {
      if (open) {
        if (typeof value === "string") result[name] = value;
      } else if (Object.hasOwn(result, name)) result[name] = restored(result[name], value);
    }
    return result as T;
  }
  if (Array.isArray(begin)) return (Array.isArray(changes) ? changes : begin) as T;
  if (begin === null) return (changes === null || typeof changes === "number" ? changes : begin) as T;
  return typeof changes === typeof begin ? (changes as T) : begin;
}

function isRecord(value: Plain): value is { [name: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A state as what stands after the # of the address; "" for the state with which the page begins. */
export async function encoded(state: Plain, begin: Plain): Promise<string> {
  const changes = difference(state, begin);
  if (changes === undefined) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(changes));
  const small = await through(bytes, new CompressionStream("deflate-raw"));
  return small.length < bytes.length ? `z${base64(small)}` : `j${base64(bytes)}`;
}

/** The state of an address; `begin` where it has none, or a damaged one. */
export async function decoded<T>(address: string, begin: T): Promise<T> {
  const kind = address[0];
  if (kind !== "z" && kind !== "j") return begin;
  try {
    const bytes = Uint8Array.from(atob(address.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const plain = kind === "z" ? await through(bytes, new DecompressionStream("deflate-raw")) : bytes;
    return restored(begin, JSON.parse(new TextDecoder().decode(plain)));
  } catch {
    return begin;
  }
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
