/** Undo and redo: what a person did in one go, such as typing a word in one field, is one step back. */

import { difference } from "./link";

const PAUSE = 900; // milliseconds after which the next change is a step of its own
const MOST = 200;

export class History {
  private past: string[] = [];
  private future: string[] = [];
  private last = -Infinity;
  private field = ""; // what changed last

  constructor(private now: string) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Takes note of the state after a change. */
  note(state: string, time: number): void {
    if (state === this.now) return;
    const field = pathOf(difference(JSON.parse(state), JSON.parse(this.now)));
    if (time - this.last > PAUSE || field !== this.field || !this.past.length) this.past.push(this.now);
    if (this.past.length > MOST) this.past.shift();
    this.now = state;
    this.future = [];
    this.last = time;
    this.field = field;
  }

  /** The state one step back; undefined at the beginning. */
  undo(): string | undefined {
    return this.move(this.past, this.future);
  }

  redo(): string | undefined {
    return this.move(this.future, this.past);
  }

  private move(from: string[], to: string[]): string | undefined {
    const state = from.pop();
    if (state === undefined) return undefined;
    to.push(this.now);
    this.now = state;
    this.last = -Infinity;
    return state;
  }
}

/** The names of the fields that a change touches. */
function pathOf(changes: unknown): string {
  if (typeof changes !== "object" || changes === null || Array.isArray(changes)) return "";
  return Object.entries(changes).map(([name, inner]) => `${name}.${pathOf(inner)}`).join(",");
}
