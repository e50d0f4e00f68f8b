/** Files that are dropped or opened: documents and notebooks as text. */

/** What a notebook says to people: its Markdown and raw cells; the text itself of anything else. */
export function textOf(name: string, content: string): string {
  if (!name.endsWith(".ipynb")) return content;
  const notebook = JSON.parse(content) as { cells?: { cell_type: string; source: string | string[] }[] };
  const cells = (notebook.cells ?? []).filter((cell) => cell.cell_type === "markdown" || cell.cell_type === "raw");
  return cells.map((cell) => (Array.isArray(cell.source) ? cell.source.join("") : cell.source).trimEnd()).join("\n\n");
}

export const LARGEST_FILE = 500_000;

/** The first file of a drop or a choice, as text; null where there is none or it is too large. */
export async function fileText(files: FileList | null | undefined): Promise<{ name: string; content: string } | null> {
  const file = files?.[0];
  if (!file || file.size > LARGEST_FILE) return null;
  return { name: file.name, content: textOf(file.name, await file.text()) };
}

/** Offers a file to be saved. */
export function save(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** A sheet in which some gradients slipped. */
export const SHEET = `# A network with one hidden layer

$$z = W^\\top x + b$$
$$h = \\tanh(z)$$
$$\\hat y = \\sigma(v^\\top h + c)$$

The loss is the binary cross-entropy.

$$\\frac{\\partial L}{\\partial c} = \\hat y - y$$

$$\\frac{\\partial L}{\\partial v} = (\\hat y - y) h$$

$$\\frac{\\partial L}{\\partial b} = (\\hat y - y) v \\odot (1 - h)$$

$$\\frac{\\partial L}{\\partial W} = x ((\\hat y - y) v \\odot (1 - h^2))^\\top$$
`;

export const LINES = `f(x, y) = (1 - x)^2 + 100 (y - x^2)^2
df/dx = -2(1 - x) - 400 x (y - x^2)
df/dy = 200 (x - y^2)
`;
