import { expect, it } from "vitest";
import { textOf } from "../src/documents";
import { activated, completions, deeper, resized, shallower, specOf } from "../src/model";
import { numbersOf, sentence } from "../src/words";

const net = { sizes: [2, 3, 1], activations: ["relu", "sigmoid"], loss: "bce" };

it("writes a network on one line", () => {
  expect(specOf(net)).toBe("2-3-1 relu sigmoid bce");
  expect(specOf({ sizes: [2, 1], activations: ["softmax"], loss: "cross_entropy" })).toBe("2-1 softmax cross-entropy");
  expect(specOf(activated(deeper(net), 2, "tanh"))).toBe("2-3 relu-3 tanh-1 sigmoid bce");
});

it("changes layers", () => {
  expect(resized(net, 1, 0).sizes).toEqual([2, 1, 1]);
  expect(shallower(deeper(net), 1)).toEqual(net);
});

it("completes the word that is being typed", () => {
  expect(completions("2-3-1 re", ["relu", "tanh"], ["bce"])).toEqual(["2-3-1 relu"]);
  expect(completions("re", ["relu"], [])).toEqual([]);
});

it("reads a notebook's cells of words", () => {
  const cells = [{ cell_type: "markdown", source: ["$y", " = x$"] }, { cell_type: "code", source: "import os" }, { cell_type: "raw", source: "b" }];
  expect(textOf("a.ipynb", JSON.stringify({ cells }))).toBe("$y = x$\n\nb");
  expect(textOf("a.md", "{}")).toBe("{}");
});

it("tells numbers and sentences as a person reads them", () => {
  expect(numbersOf([-0.123456, [1, Infinity]])).toBe("(−0.1235, (1, ∞))");
  expect(sentence("the derivative is 2x")).toBe("The derivative is 2x.");
  expect(sentence("w is a weight.")).toBe("w is a weight.");
});
