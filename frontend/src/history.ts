/** Undo and redo: what a person did in one go, such as typing a word, is one step back. */

const PAUSE = 900; // milliseconds after which the next change is a step of its own
const MOST = 200;

export class History {
  private past: string[] = [];
  private future: string[] = [];
  private last = -Infinity;

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
    if (time - this.last > PAUSE || !this.past.length) this.past.push(this.now);
    if (this.past.length > MOST) this.past.shift();
    this.now = state;
    this.future = [];
    this.last = time;
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
