/** Walking downhill on a function of two variables, by the steps that the server prints. */

export interface SurfaceModule {
  valueAt(x: number, y: number): number[];
  slopeAt(x: number, y: number): number[];
  steps: Record<string, (...given: number[]) => number[]>;
  about: {
    name: string;
    variables: [string, string];
    text: string;
    methods: Record<string, { title: string; states: number; shared: string[]; defaults: Record<string, number> }>;
  };
}

export interface Path {
  points: [number, number][];
  leaves: number | null; // the step at which it left all bounds
}

const FAR = 1e6;

export function path(module: SurfaceModule, method: string, rate: number, start: [number, number], steps: number): Path {
  const row = module.about.methods[method]!;
  const step = module.steps[method]!;
  const points: [number, number][] = [start];
  let now = [...start, ...Array.from({ length: row.states }, () => 0)];
  for (let t = 1; t <= steps; t++) {
    const shared = row.shared.map((name) => (name === "t" ? t : name === "rate" ? rate : row.defaults[name]!));
    now = step(...now, ...shared);
    const [x, y] = now as [number, number];
    if (!(Math.abs(x) < FAR && Math.abs(y) < FAR)) return { points, leaves: t };
    points.push([x, y]);
  }
  return { points, leaves: null };
}

/** A grid of values over a window, rows from the top. */
export function gridOf(valueAt: (x: number, y: number) => number[], window: [[number, number], [number, number]], across: number): Float64Array {
  const [[left, right], [bottom, top]] = window;
  const found = new Float64Array(across * across);
  for (let row = 0; row < across; row++) {
    const y = top - (row * (top - bottom)) / (across - 1);
    for (let column = 0; column < across; column++) {
      found[row * across + column] = valueAt(left + (column * (right - left)) / (across - 1), y)[0]!;
    }
  }
  return found;
}

/** Heights for contour lines: by powers above the lowest, closer together near the ground. */
export function levelsOf(grid: Float64Array, count = 14): number[] {
  const finite = [...grid].filter(Number.isFinite).sort((a, b) => a - b);
  if (!finite.length) return [];
  const low = finite[0]!;
  const high = finite[Math.floor(finite.length * 0.98)]!;
  const power = (finite[Math.floor(finite.length / 2)]! - low) * 6 < high - low ? 4 : 2;
  return Array.from({ length: count }, (_, k) => low + (high - low) * ((k + 0.5) / count) ** power);
}

/** The pieces of the contour line at a height (marching squares), in units of the grid. */
export function contour(grid: Float64Array, across: number, level: number): [number, number, number, number][] {
  const found: [number, number, number, number][] = [];
  const at = (column: number, row: number) => grid[row * across + column]! - level;
  for (let row = 0; row + 1 < across; row++) {
    for (let column = 0; column + 1 < across; column++) {
      const corners: [number, number][] = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const cuts: [number, number][] = [];
      for (let k = 0; k < 4; k++) {
        const [one, other] = [corners[k]!, corners[(k + 1) % 4]!];
        const [a, b] = [at(...one), at(...other)];
        if (a < 0 === b < 0 || !Number.isFinite(a + b)) continue;
        const share = a / (a - b);
        cuts.push([one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])]);
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) found.push([...cuts[k]!, ...cuts[k + 1]!]);
    }
  }
  return found;
}
