/** Words and numbers as a person reads them. */

/** With a capital and a full stop; a name at the front keeps its letter. */
export function sentence(words: string): string {
  const first = words.split(" ", 1)[0] ?? "";
  const named = first.length === 1 || !/^\p{L}+$/u.test(first) || first === first.toUpperCase();
  const begun = named ? words : words.slice(0, 1).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(begun) || begun === "" ? begun : `${begun}.`;
}

/** A number, or nested rows of them, short. */
export function numbersOf(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(numbersOf).join(", ")})`;
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
