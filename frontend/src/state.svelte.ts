/** The one state of the page: all of it is in the link, and every change of it can be undone. */

import { History } from "./history";
import { decoded, encoded } from "./link";

export type Room = "network" | "board" | "check" | "train";
export const ROOMS: Room[] = ["network", "board", "check", "train"];

export const BEGIN = {
  room: "network" as string,
  model: "2-3-1 relu sigmoid bce",
  notation: "plain",
  // `names` are a person's own, for letters (h1), units (x[0]) and layers (layer h1); `trained` are a file's weights.
  network: {
    labels: true, seed: null as number | null, sample: [] as number[], names: {} as Record<string, string>,
    trained: {} as Record<string, string>,
  },
  board: { subject: "network", form: "index", formula: "norm2(A*x-b)^2 + c*norm2(x)^2", wrt: "x", language: "numpy" },
  check: { text: "", answers: false, loss: "", let: {} as Record<string, string> },
  train: {
    subject: "network", data: "moons", count: 300, noise: null as number | null, dataSeed: 0, seed: 0,
    optimiser: "adam", rate: 0.03, batch: 0, l1: 0, l2: 0, dropout: 0, share: 0.2, flow: false, own: [] as number[][],
    classes: [] as string[], surface: "rosenbrock", method: "momentum", surfaceRate: 0.001, start: [-1.2, 1], steps: 200,
  },
};
export type State = typeof BEGIN;

const copy = (state: State): State => JSON.parse(JSON.stringify(state));

export const page: State = $state(copy(BEGIN));
export const steps = $state({ canUndo: false, canRedo: false });

let history = new History(JSON.stringify(BEGIN));

/** Takes the state from the address; then every change is noted. */
export async function begin(): Promise<void> {
  Object.assign(page, copy(await decoded(location.hash.slice(1), BEGIN)));
  history = new History(JSON.stringify(page));
  addEventListener("hashchange", async () => {
    const state = await decoded(location.hash.slice(1), BEGIN);
    if (JSON.stringify(state) !== JSON.stringify(page)) Object.assign(page, copy(state));
  });
}

/** Notes a change for undo, and writes it into the address. */
export function note(): void {
  const state = JSON.stringify(page);
  history.note(state, performance.now());
  refresh();
  void write(state);
}

async function write(state: string): Promise<void> {
  const address = await encoded(JSON.parse(state), BEGIN);
  if (state === JSON.stringify(page) && location.hash.slice(1) !== address) {
    window.history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }
}

/** The link that reopens exactly this. */
export async function link(): Promise<string> {
  const address = await encoded(JSON.parse(JSON.stringify(page)), BEGIN);
  return location.href.split("#")[0] + (address ? `#${address}` : "");
}

export function undo(): void {
  show(history.undo());
}

export function redo(): void {
  show(history.redo());
}

function show(state: string | undefined): void {
  if (state !== undefined) Object.assign(page, JSON.parse(state));
  refresh();
}

function refresh(): void {
  steps.canUndo = history.canUndo;
  steps.canRedo = history.canRedo;
}
