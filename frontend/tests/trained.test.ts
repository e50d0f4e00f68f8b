import { expect, test } from "vitest";
import { base64Of, weightsFor } from "../src/trained";

const encoded = (...numbers: number[]) => base64Of(new Uint8Array(Float64Array.from(numbers).buffer));

test("weights come back exactly, and only for the network that they belong to", () => {
  const saved = { W1: encoded(0.1, -2), b1: encoded(1e-300) };
  expect(weightsFor(saved, { W1: [2, 1], b1: [1] })).toEqual({ W1: [0.1, -2], b1: [1e-300] });
  expect(weightsFor(saved, { W1: [2, 2], b1: [2] })).toBeUndefined();
  expect(weightsFor(saved, { W1: [2, 1] })).toBeUndefined();
  expect(weightsFor({ W1: "?", b1: encoded(1) }, { W1: [2, 1], b1: [1] })).toBeUndefined();
});
