/** What training looks like: the plane coloured by the outputs, the samples on it, and curves. */

import { largest } from "./trainer";

export type Window = [[number, number], [number, number]];

const CLASSES: [number, number, number][] = [
  [213, 94, 0], [0, 114, 178], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [140, 120, 20], [90, 90, 90],
];

export function colourOf(place: number): string {
  return `rgb(${CLASSES[place % CLASSES.length]!.join(" ")})`;
}

/** How strongly an output speaks for the second of two sides, from 0 to 1. */
export function lean(output: number, threshold: number, low: number, high: number): number {
  const width = Math.max(high - threshold, threshold - low, 1e-9);
  return Math.min(Math.max(0.5 + (output - threshold) / (2 * width), 0), 1);
}

export interface Plane {
  values: Float64Array;
  outputs: number;
  threshold: number;
  across: number;
  isOfClasses: boolean;
}

/** Paints the plane of the inputs into a canvas of any size. */
export function paintPlane(context: CanvasRenderingContext2D, plane: Plane, isDark: boolean): void {
  const { values, outputs, across, threshold, isOfClasses } = plane;
  const image = context.createImageData(across, across);
  let [low, high] = isOfClasses ? [2 * threshold - 1, 1] : [Infinity, -Infinity];
  if (!isOfClasses) for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const middle = isOfClasses ? threshold : (low + high) / 2;
  const ground = isDark ? [31, 43, 39] : [255, 255, 255];
  for (let place = 0; place < across * across; place++) {
    let colour: [number, number, number];
    let strength: number;
    if (outputs > 1) {
      const given = values.subarray(place * outputs, (place + 1) * outputs);
      const best = largest(given);
      colour = CLASSES[best % CLASSES.length]!;
      strength = Math.min(Math.max(given[best]!, 0.2), 1) * 0.62;
    } else {
      const side = lean(values[place]!, middle, low, high);
      colour = CLASSES[side < 0.5 ? 0 : 1]!;
      strength = Number.isFinite(side) ? Math.abs(side - 0.5) * 2 * 0.68 : 0;
    }
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * place + channel] = ground[channel]! + strength * (colour[channel]! - ground[channel]!);
    }
    image.data[4 * place + 3] = 255;
  }
  const small = new OffscreenCanvas(across, across);
  small.getContext("2d")!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, context.canvas.width, context.canvas.height);
}

/** From the plane to the canvas. */
export function placed(window: Window, x: number, y: number, width: number, height: number): [number, number] {
  const [[left, right], [bottom, top]] = window;
  return [((x - left) / (right - left)) * width, ((top - y) / (top - bottom)) * height];
}

/** From the canvas to the plane. */
export function unplaced(window: Window, across: number, down: number): [number, number] {
  const [[left, right], [bottom, top]] = window;
  return [left + across * (right - left), top - down * (top - bottom)];
}

export function paintSamples(context: CanvasRenderingContext2D, rows: number[][], classes: string[], window: Window, kept: number): void {
  const { width, height } = context.canvas;
  const targets = rows.map((row) => row.at(-1)!);
  const [low, high] = [Math.min(...targets), Math.max(...targets)];
  const radius = Math.max(3, width / 130);
  rows.forEach((row, place) => {
    const [x, y] = placed(window, row[0]!, row[1]!, width, height);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    const target = row.at(-1)!;
    context.fillStyle = colourOf(classes.length ? target : lean(target, (low + high) / 2, low, high) < 0.5 ? 0 : 1);
    context.fill();
    context.lineWidth = place >= rows.length - kept ? 2.2 : 1.2;
    context.strokeStyle = place >= rows.length - kept ? "#1a1a1a" : "#ffffff";
    context.stroke();
  });
}

/** Round numbers for the ticks of an axis. */
export function ticks(low: number, high: number, about = 5): number[] {
  const raw = (high - low) / about;
  if (!(raw > 0) || !Number.isFinite(raw)) return [];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10);
  const found: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

export function paintTicks(context: CanvasRenderingContext2D, window: Window, ink: string, ground: string): void {
  const { width, height } = context.canvas;
  const size = Math.max(11, width / 32);
  context.font = `${size}px system-ui, "DejaVu Sans", sans-serif`;
  context.lineWidth = 3;
  context.strokeStyle = ground;
  context.fillStyle = ink;
  const write = (words: string, x: number, y: number) => {
    context.strokeText(words, x, y);
    context.fillText(words, x, y);
  };
  context.textAlign = "center";
  context.textBaseline = "bottom";
  for (const tick of ticks(...window[0])) {
    const [x] = placed(window, tick, 0, width, height);
    if (x > 2 * size && x < width - 2 * size) write(String(tick).replace("-", "−"), x, height - 4);
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const tick of ticks(...window[1])) {
    const [, y] = placed(window, 0, tick, width, height);
    if (y > 1.5 * size && y < height - 2 * size) write(String(tick).replace("-", "−"), 4, y);
  }
}

export interface Line {
  colour: string;
  dash: number[];
  points: [number, number][];
}

/** Curves over steps, with a logarithmic height where all values allow it. */
export function paintCurves(context: CanvasRenderingContext2D, lines: Line[], ink: string, grid: string): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const all = lines.flatMap((line) => line.points).filter(([, value]) => Number.isFinite(value));
  if (!all.length) return;
  const isLogarithmic = all.every(([, value]) => value > 0);
  const height_of = (value: number) => (isLogarithmic ? Math.log10(value) : value);
  let [low, high] = [Infinity, -Infinity];
  let last = 1;
  for (const [step, value] of all) [low, high, last] = [Math.min(low, height_of(value)), Math.max(high, height_of(value)), Math.max(last, step)];
  if (high - low < 1e-3) [low, high] = [low - 0.5, high + 0.5];
  const size = Math.max(11, width / 36);
  const [left, right, top, bottom] = [4.2 * size, width - size, 0.8 * size, height - 1.9 * size];
  const x = (step: number) => left + (step / last) * (right - left);
  const y = (value: number) => bottom - ((height_of(value) - low) / (high - low)) * (bottom - top);
  context.font = `${size}px system-ui, "DejaVu Sans", sans-serif`;
  context.strokeStyle = grid;
  context.fillStyle = ink;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(low, high, 4)) {
    const value = isLogarithmic ? 10 ** tick : tick;
    context.beginPath();
    context.moveTo(left, y(value));
    context.lineTo(right, y(value));
    context.stroke();
    context.fillText(String(Number(value.toPrecision(2))), left - 6, y(value));
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ticks(0, last, 4)) context.fillText(String(tick), Math.min(x(tick), right - size), bottom + 6);
  for (const line of lines) {
    context.beginPath();
    let isDown = false;
    for (const [step, value] of line.points) {
      if (Number.isFinite(value)) {
        if (isDown) context.lineTo(x(step), y(value));
        else context.moveTo(x(step), y(value));
      }
      isDown = Number.isFinite(value);
    }
    context.setLineDash(line.dash);
    context.strokeStyle = line.colour;
    context.lineWidth = Math.max(2, width / 300);
    context.stroke();
    context.setLineDash([]);
  }
}
