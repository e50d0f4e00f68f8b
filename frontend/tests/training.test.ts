import { expect, it } from "vitest";
import { lean, placed, ticks, unplaced } from "../src/training/canvas";
import { contour, gridOf, levelsOf, path, type SurfaceModule } from "../src/training/descent";
import type { TrainingModule } from "../src/training/module";
import { outputsFor, readCsv, samplesFor, tableOf, windowOf } from "../src/training/samples";
import { randomFrom, Trainer } from "../src/training/trainer";

// The line y = w x with the loss (1/n) Σ (w x − t)², as the server would print it.
const line: TrainingModule = {
  gradients: ({ n }, x, t, w) => {
    let value = 0;
    let slope = 0;
    for (let k = 0; k < n; k++) {
      const off = w![0]! * x![k]! - t![k]!;
      value += off ** 2 / n;
      slope += (2 * off * x![k]!) / n;
    }
    return { value, gradient: { w: Float64Array.of(slope) } };
  },
  units: (_, x, w) => ({ y: x!.map((each) => each * w![0]!) }),
  updates: { momentum: (p, g, v, rate, momentum) => [p! - (momentum! * v! + rate! * g!), momentum! * v! + rate! * g!] },
  about: {
    spec: "1-1 identity mse", inputs: 1, outputs: 1, output: "y", parameters: { w: [1] }, gradient_arguments: ["x", "t", "w"],
    unit_arguments: ["x", "w"], input: "x", target: "t", kept: {}, loss: "", classes: [], threshold: 0.5,
    optimisers: { momentum: { title: "", state: ["v"], uses_step: false, defaults: { rate: 0.01, momentum: 0.9 } } },
  },
};
const samples = { x: Float64Array.of(1, 2, -1), y: Float64Array.of(3, 6, -3), count: 3 };

it("trains with the printed gradients and updates", () => {
  const settings = { optimiser: "momentum", rate: 0.02, batch: 0, seed: 0 };
  const trainer = new Trainer(line, { w: [0] }, samples, settings);
  expect(trainer.run()).toBe(18);
  for (let k = 0; k < 300; k++) trainer.run();
  expect(trainer.parameters["w"]![0]).toBeCloseTo(3, 5);
  expect(trainer.outputs(Float64Array.of(2))[0]).toBeCloseTo(6, 4);
});

it("visits every sample once in an epoch of mini-batches, the same for the same seed", () => {
  const seen = [1, 1].map((seed) => {
    const batches: number[] = [];
    const spying: TrainingModule = { ...line, gradients: (sizes, ...given) => (batches.push(...given[0]!), line.gradients(sizes, ...given)) };
    const trainer = new Trainer(spying, { w: [0] }, { ...samples, x: Float64Array.of(1, 2, 4) }, { optimiser: "momentum", rate: 0, batch: 1, seed });
    batches.length = 0;
    for (let k = 0; k < 3; k++) trainer.run();
    return batches;
  });
  expect(seen[0]!.toSorted()).toEqual([1, 2, 4]);
  expect(seen[0]).toEqual(seen[1]);
  expect(randomFrom(1)()).not.toBe(randomFrom(2)());
});

it("drops units in steps alone, anew each time", () => {
  const seen: Float64Array[] = [];
  const module: TrainingModule = {
    ...line,
    gradients: (sizes, x, t, w, keep) => (seen.push(keep!), line.gradients(sizes, x!, t!, w!)),
    about: { ...line.about, gradient_arguments: ["x", "t", "w", "keep1"], kept: { keep1: { share: 0.75, units: 40 } } },
  };
  const trainer = new Trainer(module, { w: [0] }, samples, { optimiser: "momentum", rate: 0.02, batch: 0, seed: 0 });
  seen.length = 0;
  trainer.run();
  trainer.run();
  trainer.loss(samples);
  const shares = seen.map((keep) => keep.reduce((sum, each) => sum + each, 0) / keep.length);
  expect(seen.map((keep) => [...new Set(keep)].toSorted())).toEqual([[0, 1], [0, 1], [0.75]]);
  expect(seen[0]).not.toEqual(seen[1]);
  for (const share of shares) expect(Math.abs(share - 0.75)).toBeLessThan(0.12);
});

it("reads a CSV with words or numbers as targets", () => {
  expect(readCsv("a,b,kind\n1,2,red\n3,4,blue\n5,6,red\n")).toEqual({ rows: [[1, 2, 1], [3, 4, 0], [5, 6, 1]], classes: ["blue", "red"], columns: ["a", "b", "kind"] });
  expect(readCsv("1;2.5\n2;3.5").classes).toEqual([]);
  expect(readCsv("1,0\n2,1\n3,0").classes).toEqual(["0", "1"]);
  expect(() => readCsv("1,2\n3")).toThrow("Line 2");
  expect(() => readCsv("a,b\nx,2\n3,4")).toThrow("“x” is no number");
  expect(() => readCsv("")).toThrow("no rows");
});

it("codes targets as the loss wants them", () => {
  const table = tableOf({ name: "", x: [[0, 1], [1, 0], [2, 2]], y: [[0], [1], [1]], columns: ["a", "b"], classes: ["0", "1"] });
  const hinge = { ...line.about, inputs: 2, classes: [-1, 1], threshold: 0 };
  expect([...samplesFor(table, hinge, 0).training.y]).toEqual([-1, 1, 1]);
  expect(samplesFor(table, hinge, 0.4).validation.count).toBe(1);
  expect([...samplesFor({ ...table, classes: ["a", "b", "c"] }, { ...hinge, outputs: 3, classes: [0, 1] }, 0).training.y]).toEqual([1, 0, 0, 0, 1, 0, 0, 1, 0]);
  expect(outputsFor({ ...table, classes: ["a", "b", "c"] })).toBe(3);
  expect(windowOf(table)[0]![0]).toBeLessThan(-1);
});

it("places points on the canvas and back", () => {
  const window: [[number, number], [number, number]] = [[-2, 2], [-1, 3]];
  expect(placed(window, -2, 3, 100, 100)).toEqual([0, 0]);
  expect(unplaced(window, 0.5, 0.5)).toEqual([0, 1]);
  expect(ticks(-1.2, 1.3, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect([lean(0.5, 0.5, 0, 1), lean(2, 0.5, 0, 1), lean(-9, 0, -1, 1)]).toEqual([0.5, 1, 0]);
});

it("walks downhill, and says where it leaves", () => {
  const bowl: SurfaceModule = {
    valueAt: (x, y) => [x * x + y * y], slopeAt: (x, y) => [2 * x, 2 * y],
    steps: { sgd: (x, y, rate) => [x! - rate! * 2 * x!, y! - rate! * 2 * y!] },
    about: { name: "f", variables: ["x", "y"], text: "", methods: { sgd: { title: "", states: 0, shared: ["rate"], defaults: { rate: 0.1 } } } },
  };
  expect(path(bowl, "sgd", 0.25, [1, -1], 2).points).toEqual([[1, -1], [0.5, -0.5], [0.25, -0.25]]);
  expect(path(bowl, "sgd", 2, [1, 1], 100).leaves).toBe(13);
  const grid = gridOf(bowl.valueAt, [[-1, 1], [-1, 1]], 21);
  for (const [x, y] of contour(grid, 21, 0.5)) expect(Math.hypot(x / 10 - 1, y / 10 - 1)).toBeCloseTo(Math.SQRT1_2, 1);
  expect(levelsOf(grid)[0]).toBeGreaterThan(0);
});
