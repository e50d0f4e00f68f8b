import { describe, expect, it } from "vitest";
import { History } from "../src/history";
import { decoded, difference, encoded, restored } from "../src/link";

const BEGIN = { room: "network", net: { seed: null as number | null, sample: [] as number[] }, check: { text: "", let: {} as Record<string, string> } };

describe("the link", () => {
  it("is empty for the page as it begins", async () => {
    expect(await encoded(BEGIN, BEGIN)).toBe("");
  });

  it("reopens exactly what it was made of", async () => {
    const state = { room: "check", net: { seed: 3, sample: [0.5, -1] }, check: { text: "σ(x) “π” 𝟏\n".repeat(50), let: { c: "b" } } };
    const address = await encoded(state, BEGIN);
    expect(await decoded(address, BEGIN)).toEqual(state);
    expect(address).toMatch(/^z[\w-]+$/);
    expect(address.length).toBeLessThan(250);
  });

  it("holds only what differs", () => {
    expect(difference({ ...BEGIN, room: "board" }, BEGIN)).toEqual({ room: "board" });
  });

  it("that is damaged gives the page as it begins", async () => {
    for (const address of ["", "zzz", "j!!", "x", "jbnVsbA"]) expect(await decoded(address, BEGIN)).toEqual(BEGIN);
  });

  it("cannot bring in what the page does not know", () => {
    const changes = JSON.parse('{"room": 3, "other": 1, "net": {"seed": "x", "sample": 4}, "__proto__": {"room": "x"}, "check": {"let": {"a": 1, "b": "c"}}}');
    expect(restored(BEGIN, changes)).toEqual({ ...BEGIN, check: { text: "", let: { b: "c" } } });
  });
});

describe("undo", () => {
  it("takes what was typed in one go as one step, field by field", () => {
    const history = new History('{"a":"","b":""}');
    history.note('{"a":"x","b":""}', 0);
    history.note('{"a":"xy","b":""}', 100);
    history.note('{"a":"xy","b":"z"}', 200);
    expect(history.undo()).toBe('{"a":"xy","b":""}');
    expect(history.undo()).toBe('{"a":"","b":""}');
    expect(history.undo()).toBeUndefined();
    expect(history.redo()).toBe('{"a":"xy","b":""}');
    history.note('{"a":"new","b":""}', 5000);
    expect(history.canRedo).toBe(false);
  });
});
