/** What the server is asked; a page that was exported finds the same answers in its files. */

import { Refused } from "./refused";
import { text } from "./texts";

export interface Choices {
  version: string;
  activations: string[];
  losses: Record<string, { title: string; output: string }>;
  notations: Record<string, string>;
  forms: string[];
  languages: string[];
  optimisers: Record<string, { title: string; defaults: Record<string, number> }>;
  datasets: Record<string, number>;
  functions: string[];
}

export interface Written { mathml: string; latex: string; text: string }
export interface Step { rule: string; sentence: string; mathml: string; latex: string }
export interface Gradient extends Written { wrt: string; steps: Step[] }
export interface Board { model: string; result: string; equations: Written; gradients: Gradient[]; symbols: Record<string, string> }

export interface Drawn {
  model: string; spec: string; sizes: number[]; activations: string[]; loss: string;
  parameters: Record<string, (number | string)[]>; units: string[]; is_graph: boolean; svg: string; alternative: string;
}

export interface Mark { start: number; end: number; line: number; column: number; end_line: number; end_column: number }
export interface Claim {
  line: number; column: number; section: string; latex: string; kind: string; title: string; verdict: string;
  reason: string; chain: string; link: string; rests: string; place: string; expected: string; follows: number | null;
  counterexample: { point: Record<string, unknown>; claimed: unknown; derived: unknown } | null;
  marks: Mark[]; mathml: string; expected_mathml: string; hints: string[]; mistakes: string[]; guesses: string[];
}
export interface NameRead { section: string; name: string; kind: string; role: string; because: string[] }
export interface Verdicts {
  model: { spec: string; guesses: string[] }; claims: Claim[]; names: NameRead[];
  summary: Record<string, number>; judged: { of: number; judged: number };
}
export interface Data { name: string; x: number[][]; y: number[][]; columns: string[]; classes: string[] }
export interface Trained { model: string; weights: Record<string, string> }
export interface File { name: string; content: string }

type Value = string | number | boolean | null | string[] | Record<string, string>;
export type Asked = Record<string, Value>;

export interface Exported { models: string[]; files: Record<string, string> }
const meta = document.querySelector<HTMLMetaElement>('meta[name="chalkgrad-export"]');
export const isExport = meta !== null;
export const exported: Promise<Exported> = meta
  ? fetch(new URL(meta.content, location.href)).then((answer) => answer.json() as Promise<Exported>)
  : Promise.resolve({ models: [], files: {} });

/** The name of a question: without what is empty, in the order of the alphabet, as `chalkgrad page --export` writes it. */
export function keyOf(job: string, asked: Asked): string {
  const given = Object.entries(asked).filter(([, value]) => !isEmpty(value));
  return `${job} ${JSON.stringify(Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1))))}`;
}

function isEmpty(value: Value): boolean {
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}

async function address(job: string, asked: Asked, suffix: string): Promise<string> {
  if (isExport) {
    const file = (await exported).files[keyOf(job, asked)];
    if (file === undefined) throw new Refused(text.notExported);
    return new URL(file, location.href).href;
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (!isEmpty(value)) query.set(name, String(value));
  return new URL(`api/${job}${suffix}${query.size ? `?${query}` : ""}`, document.baseURI.split("#")[0]).href;
}

async function answered<T>(request: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await request;
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw new Refused(text.noServer);
  }
  const content = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Refused(content.error ?? text.noServer);
  return content;
}

async function post<T>(job: string, asked: Asked, signal?: AbortSignal): Promise<T> {
  if (isExport) return get<T>(job, asked);
  const body = JSON.stringify(asked);
  const headers = { "Content-Type": "application/json" };
  const url = new URL(`api/${job}`, document.baseURI.split("#")[0]);
  return answered<T>(fetch(url, { method: "POST", headers, body, signal: signal ?? null }));
}

async function get<T>(job: string, asked: Asked): Promise<T> {
  return answered<T>(fetch(await address(job, asked, "")));
}

export const api = {
  choices: () => get<Choices>("choices", {}),
  check: (asked: Asked, signal: AbortSignal) => post<Verdicts>("check", asked, signal),
  board: (asked: Asked, signal?: AbortSignal) => post<Board>("board", asked, signal),
  code: (asked: Asked) => post<{ code: string }>("code", asked),
  network: (asked: Asked, signal?: AbortSignal) => post<Drawn>("network", asked, signal),
  picture: (asked: Asked) => post<File>("picture", asked),
  trained: (content: string) => post<Trained>("trained", { content }),
  initial: (model: string, seed: number) => get<Record<string, number[]>>("initial", { model, seed }),
  dataset: (asked: Asked) => get<Data>("dataset", asked),
  trainingModule: (asked: Asked) => address("training", asked, ".js"),
  surfaceModule: (asked: Asked) => address("surface", asked, ".js"),
};

/** The sentence of an error, for people; undefined for an answer that nobody waits for any more. */
export function sentenceOf(problem: unknown): string | undefined {
  if (problem instanceof DOMException && problem.name === "AbortError") return undefined;
  return problem instanceof Error ? problem.message : String(problem);
}
