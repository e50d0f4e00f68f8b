/** Samples as the trainer takes them: from a data set, from points that were drawn, from a CSV. */

import type { Data } from "../api";
import { Refused } from "../refused";
import { text } from "../texts";
import type { About } from "./module";

export const MOST_ROWS = 5000;

/** Rows of inputs with the target last; `classes` names the classes that the targets number, and is empty for numbers. */
export interface Table {
  rows: number[][];
  classes: string[];
  columns: string[];
}

export interface Samples {
  x: Float64Array;
  y: Float64Array;
  count: number;
}

/** A CSV: a header or none, numbers, and the target in the last column, as a number or a word. */
export function readCsv(content: string): Table {
  const lines = content.split(/\r?\n/).map((line, k) => ({ cells: line.split(separatorOf(content)).map((cell) => cell.trim()), line: k + 1 }));
  const filled = lines.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const hasHeader = filled.length > 0 && filled[0]!.cells.slice(0, -1).some((cell) => !isNumber(cell));
  const body = hasHeader ? filled.slice(1) : filled;
  if (!body.length) throw new Refused(text.csvEmpty);
  if (body.length > MOST_ROWS) throw new Refused(text.csvMany(MOST_ROWS));
  const width = body[0]!.cells.length;
  const columns = hasHeader ? filled[0]!.cells : body[0]!.cells.map((_, k) => (k === width - 1 ? "y" : `x${k + 1}`));
  const targets = body.map(({ cells }) => cells.at(-1)!);
  const distinct = [...new Set(targets)].sort((a, b) => (isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a < b ? -1 : 1));
  const areWords = !targets.every(isNumber);
  const areClasses = areWords || (distinct.length <= 10 && distinct.length < body.length && distinct.every((each) => Number.isInteger(Number(each))));
  const rows = body.map(({ cells, line }) => {
    if (cells.length !== width) throw new Refused(text.csvBad(line, text.csvColumns(cells.length, width)));
    const inputs = cells.slice(0, -1).map((cell) => {
      if (!isNumber(cell)) throw new Refused(text.csvBad(line, text.csvNumber(cell)));
      return Number(cell);
    });
    return [...inputs, areClasses ? distinct.indexOf(cells.at(-1)!) : Number(cells.at(-1))];
  });
  return { rows, classes: areClasses ? distinct : [], columns };
}

function separatorOf(content: string): string {
  const first = content.split("\n", 1)[0]!;
  return [",", ";", "\t"].find((each) => first.includes(each)) ?? ",";
}

function isNumber(cell: string): boolean {
  return cell !== "" && Number.isFinite(Number(cell));
}

/** A data set of the server as a table. */
export function tableOf(data: Data): Table {
  const rows = data.x.map((inputs, k) => {
    const target = data.y[k]!;
    if (!data.classes.length) return [...inputs, target[0]!];
    return [...inputs, target.length > 1 ? target.indexOf(Math.max(...target)) : Number(target[0]! > 0)];
  });
  return { rows, classes: data.classes, columns: [...data.columns, "y"] };
}

/** How many outputs a network for the table has: one for numbers and for two classes, else one for each. */
export function outputsFor(table: Table): number {
  return table.classes.length > 2 ? table.classes.length : 1;
}

/** Inputs and targets in the network's own coding of classes; the last `share` of the rows is kept for validation. */
export function samplesFor(table: Table, about: About, share: number): { training: Samples; validation: Samples } {
  const kept = Math.min(Math.floor(table.rows.length * share), table.rows.length - 1);
  const cut = table.rows.length - Math.max(kept, 0);
  return { training: coded(table.rows.slice(0, cut), table, about), validation: coded(table.rows.slice(cut), table, about) };
}

function coded(rows: number[][], table: Table, about: About): Samples {
  const [low, high] = about.classes.length ? (about.classes as [number, number]) : [0, 1];
  const y = rows.flatMap((row) => {
    const target = row.at(-1)!;
    if (!table.classes.length) return [target];
    if (about.outputs === 1) return [about.classes.length ? (target > 0 ? high : low) : target];
    return Array.from({ length: about.outputs }, (_, k) => (k === target ? high : low));
  });
  return { x: Float64Array.from(rows.flatMap((row) => row.slice(0, -1))), y: Float64Array.from(y), count: rows.length };
}

/** The part of the plane around the first two inputs. */
export function windowOf(table: Table): [[number, number], [number, number]] {
  const side = (place: number): [number, number] => {
    let [low, high] = [-1, 1];
    for (const row of table.rows) [low, high] = [Math.min(low, row[place]!), Math.max(high, row[place]!)];
    const margin = 0.12 * (high - low);
    return [low - margin, high + margin];
  };
  return [side(0), side(1)];
}
