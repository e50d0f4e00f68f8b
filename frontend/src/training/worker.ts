/** Where training runs, beside the page: it loads the printed equations, and answers each wish for steps with a frame. */

import { importModule, type TrainingModule } from "./module";
import { samplesFor, windowOf, type Samples, type Table } from "./samples";
import { Trainer, type Settings } from "./trainer";

export const ACROSS = 60; // points of the plane each way

export interface Start {
  kind: "start";
  run: number;
  address: string;
  initial: Record<string, number[]>;
  table: Table;
  share: number;
  settings: Settings;
}
export type Wish = Start | { kind: "steps"; run: number; steps: number } | { kind: "settings"; settings: Settings };

export interface Frame {
  kind: "frame";
  run: number;
  step: number;
  loss: number;
  validation: number;
  accuracy: number;
  parameters: Record<string, Float64Array>;
  gradient: Record<string, Float64Array>;
  plane: Float64Array | null;
  outputs: number;
  threshold: number;
}
export type Answer = Frame | { kind: "misfit"; run: number; inputs: number; outputs: number } | { kind: "problem"; run: number; words: string };

let trainer: Trainer | undefined;
let module: TrainingModule;
let training: Samples;
let validation: Samples;
let plane: Float64Array | null = null;
let run = 0;
let isOfClasses = false;

addEventListener("message", (event: MessageEvent<Wish>) => void handle(event.data));

async function handle(wish: Wish): Promise<void> {
  if (wish.kind === "settings") trainer?.change(wish.settings);
  else if (wish.kind === "start") await start(wish);
  else if (trainer && wish.run === run) {
    for (let k = 0; k < wish.steps; k++) trainer.run();
    answer();
  }
}

async function start(wish: Start): Promise<void> {
  run = wish.run;
  trainer = undefined;
  try {
    const loaded = await importModule(wish.address);
    if (run !== wish.run) return; // another start came in between
    module = loaded;
    const { inputs, outputs } = module.about;
    const { table } = wish;
    const wanted = table.classes.length > 2 ? [table.classes.length] : table.classes.length ? [1, 2] : [1];
    if (inputs !== table.rows[0]!.length - 1 || !wanted.includes(outputs)) {
      postMessage({ kind: "misfit", run, inputs, outputs } satisfies Answer);
      return;
    }
    ({ training, validation } = samplesFor(table, module.about, wish.share));
    isOfClasses = table.classes.length > 0;
    plane = inputs === 2 ? points(windowOf(table)) : null;
    trainer = new Trainer(module, wish.initial, training, wish.settings);
    answer();
  } catch (problem) {
    postMessage({ kind: "problem", run: wish.run, words: problem instanceof Error ? problem.message : String(problem) } satisfies Answer);
  }
}

function points([[left, right], [bottom, top]]: [[number, number], [number, number]]): Float64Array {
  const found = new Float64Array(2 * ACROSS * ACROSS);
  for (let row = 0; row < ACROSS; row++) {
    for (let column = 0; column < ACROSS; column++) {
      const place = 2 * (row * ACROSS + column);
      found[place] = left + ((column + 0.5) * (right - left)) / ACROSS;
      found[place + 1] = top - ((row + 0.5) * (top - bottom)) / ACROSS;
    }
  }
  return found;
}

function answer(): void {
  const now = trainer!;
  const frame: Frame = {
    kind: "frame",
    run,
    step: now.step,
    loss: now.loss(training),
    validation: now.loss(validation),
    accuracy: isOfClasses ? now.accuracy(validation.count ? validation : training) : NaN,
    parameters: now.parameters,
    gradient: now.gradient,
    plane: plane && now.outputs(plane),
    outputs: module.about.outputs,
    threshold: module.about.threshold,
  };
  postMessage(frame);
}
