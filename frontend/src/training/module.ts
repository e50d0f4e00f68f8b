/** The JavaScript that the server prints from the derived equations, and how it is called. */

import { Refused } from "../refused";

export interface OptimiserRow {
  title: string;
  state: string[];
  uses_step: boolean;
  defaults: Record<string, number>;
}

export interface About {
  spec: string;
  inputs: number;
  outputs: number;
  output: string;
  parameters: Record<string, number[]>;
  gradient_arguments: string[];
  unit_arguments: string[];
  input: string;
  target: string;
  kept: Record<string, { share: number; units: number }>; // how likely a unit is kept, of inputs keep1, keep2, …
  loss: string;
  classes: number[];
  threshold: number;
  optimisers: Record<string, OptimiserRow>;
}

type Numbers = Float64Array;
export interface TrainingModule {
  gradients(sizes: { n: number }, ...given: Numbers[]): { value: number; gradient: Record<string, Numbers> };
  units(sizes: { n: number }, ...given: Numbers[]): Record<string, Numbers>;
  updates: Record<string, (...given: number[]) => number[]>;
  about: About;
}

/** The module at an address; where there is none, why. */
export async function importModule<T = TrainingModule>(address: string): Promise<T> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Refused(((await answer.json()) as { error: string }).error);
  return (await import(/* @vite-ignore */ address)) as T;
}

/** Values of the units for a batch of inputs, row by row. */
export function unitValues(module: TrainingModule, parameters: Record<string, Numbers>, x: Numbers): Record<string, Numbers> {
  const { input, inputs, unit_arguments } = module.about;
  const given = unit_arguments.map((name) => (name === input ? x : parameters[name]!));
  return module.units({ n: x.length / inputs }, ...given);
}

/** What each unit computes for one sample, by its name in the drawing: h1[2]. */
export function unitsFor(module: TrainingModule, weights: Record<string, number[]>, sample: number[]): Record<string, number> {
  const parameters = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, Float64Array.from(values)]));
  const found: Record<string, number> = {};
  for (const [name, values] of Object.entries(unitValues(module, parameters, Float64Array.from(sample)))) {
    values.forEach((value, place) => (found[`${name}[${place}]`] = value));
  }
  sample.forEach((value, place) => (found[`${module.about.input}[${place}]`] = value));
  return found;
}
