/** The drawing of the network that is written, a moment after the last key. */

import { api, sentenceOf, type Asked, type Drawn } from "./api";

const PAUSE = 150;

export class Drawing {
  now = $state<Drawn>();
  problem = $state("");
  private asking: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks for a drawing; what was asked before is forgotten. */
  ask(asked: Asked): void {
    this.asking?.abort();
    clearTimeout(this.timer);
    const own = (this.asking = new AbortController());
    this.timer = setTimeout(() => void this.fetch(asked, own.signal), this.now ? PAUSE : 0);
  }

  private async fetch(asked: Asked, signal: AbortSignal): Promise<void> {
    try {
      this.now = await api.network(asked, signal);
      this.problem = "";
    } catch (error) {
      this.problem = sentenceOf(error) ?? this.problem;
    }
  }
}
