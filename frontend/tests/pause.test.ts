import { expect, it } from "vitest";
import { pauseAfter } from "../src/pause";

it("asks soon where answers come soon, and less often where they are slow", () => {
  expect(pauseAfter(0)).toBe(40);
  expect(pauseAfter(150)).toBeLessThan(60);
  expect(pauseAfter(1000)).toBe(250);
  expect(pauseAfter(30_000)).toBe(400);
});
