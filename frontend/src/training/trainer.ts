/** Training by steps: the printed gradients, then the printed update of every number. */

import type { TrainingModule } from "./module";
import { unitValues } from "./module";
import type { Samples } from "./samples";

export interface Settings {
  optimiser: string;
  rate: number;
  batch: number; // 0 for all samples
  seed: number;
}

/** Numbers in [0, 1), the same for the same seed (Mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Trainer {
  parameters: Record<string, Float64Array> = {};
  gradient: Record<string, Float64Array> = {};
  step = 0;
  private state: Record<string, Float64Array[]> = {};
  private random: () => number;
  private order: number[] = [];

  constructor(
    private module: TrainingModule,
    initial: Record<string, number[]>,
    private samples: Samples,
    private settings: Settings,
  ) {
    for (const [name, values] of Object.entries(initial)) this.parameters[name] = Float64Array.from(values);
    this.random = randomFrom(settings.seed);
    this.forget();
    this.gradient = this.differentiated(samples).gradient;
  }

  /** Another optimiser or rate from the next step on; another optimiser begins without a memory. */
  change(settings: Settings): void {
    const isOther = settings.optimiser !== this.settings.optimiser;
    this.settings = settings;
    if (isOther) this.forget();
  }

  private forget(): void {
    const row = this.module.about.optimisers[this.settings.optimiser]!;
    this.memory = 0;
    for (const [name, values] of Object.entries(this.parameters)) {
      this.state[name] = row.state.map(() => new Float64Array(values.length));
    }
  }

  private memory = 0; // steps that the optimiser remembers

  /** One step on all samples, or on the next mini-batch; gives the loss of that batch before the step. */
  run(): number {
    const { value, gradient } = this.differentiated(this.nextBatch(), true);
    this.gradient = gradient;
    const row = this.module.about.optimisers[this.settings.optimiser]!;
    const update = this.module.updates[this.settings.optimiser]!;
    const constants = { ...row.defaults, rate: this.settings.rate };
    const shared = Object.values({ ...constants });
    this.memory += 1;
    this.step += 1;
    if (row.uses_step) shared.unshift(this.memory);
    for (const [name, values] of Object.entries(this.parameters)) {
      const slopes = gradient[name]!;
      const state = this.state[name]!;
      for (let k = 0; k < values.length; k++) {
        const next = update(values[k]!, slopes[k]!, ...state.map((each) => each[k]!), ...shared);
        values[k] = next[0]!;
        for (let s = 0; s < state.length; s++) state[s]![k] = next[s + 1]!;
      }
    }
    return value;
  }

  /** The loss of samples at the parameters as they are. */
  loss(samples: Samples): number {
    return samples.count ? this.differentiated(samples).value : NaN;
  }

  /** The outputs of the network for rows of inputs. */
  outputs(x: Float64Array): Float64Array {
    return unitValues(this.module, this.parameters, x)[this.module.about.output]!;
  }

  /** The share of samples whose class is met. */
  accuracy(samples: Samples): number {
    const { outputs, threshold } = this.module.about;
    const found = this.outputs(samples.x);
    let met = 0;
    for (let n = 0; n < samples.count; n++) {
      const given = found.subarray(n * outputs, (n + 1) * outputs);
      const wanted = samples.y.subarray(n * outputs, (n + 1) * outputs);
      if (outputs === 1) met += Number(given[0]! > threshold === wanted[0]! > threshold);
      else met += Number(largest(given) === largest(wanted));
    }
    return samples.count ? met / samples.count : NaN;
  }

  /** The loss and its gradient; in a step units are dropped, else each is kept by its share, which changes nothing. */
  private differentiated(samples: Samples, drops = false): { value: number; gradient: Record<string, Float64Array> } {
    const { input, target, gradient_arguments, kept } = this.module.about;
    const given = gradient_arguments.map((name) => {
      if (name === input) return samples.x;
      if (name === target) return samples.y;
      if (!(name in kept)) return this.parameters[name]!;
      const { share, units } = kept[name]!;
      return new Float64Array(samples.count * units).map(() => (drops ? Number(this.random() < share) : share));
    });
    return this.module.gradients({ n: samples.count }, ...given);
  }

  private nextBatch(): Samples {
    const { batch } = this.settings;
    if (!batch || batch >= this.samples.count) return this.samples;
    if (this.order.length < batch) this.order = this.shuffled();
    const chosen = this.order.splice(0, batch);
    const { inputs, outputs } = this.module.about;
    const x = new Float64Array(batch * inputs);
    const y = new Float64Array(batch * outputs);
    chosen.forEach((row, place) => {
      x.set(this.samples.x.subarray(row * inputs, (row + 1) * inputs), place * inputs);
      y.set(this.samples.y.subarray(row * outputs, (row + 1) * outputs), place * outputs);
    });
    return { x, y, count: batch };
  }

  private shuffled(): number[] {
    const order = Array.from({ length: this.samples.count }, (_, k) => k);
    for (let k = order.length - 1; k > 0; k--) {
      const other = Math.floor(this.random() * (k + 1));
      [order[k], order[other]] = [order[other]!, order[k]!];
    }
    return order;
  }
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}
