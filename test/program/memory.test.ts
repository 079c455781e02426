import { describe, expect, it } from "vitest";
import { Builder } from "../../src/program/builder.js";
import { largestBatch, memoryOf, peakBytes } from "../../src/program/memory.js";
import fc from "../support/properties.js";

describe("memory of a program", () => {
  it("holds a value from where it is made to where it is last read", () => {
    const b = new Builder("chain");
    const x = b.feed("x", [10]);
    // each step needs its input and its output, whatever came before
    b.fetch("y", b.exp(b.exp(b.exp(b.exp(x)))));
    expect(memoryOf(b.build())).toEqual({ state: 0, feeds: 40, working: 80, largest: 40 });
  });

  it("holds what is read later, however far away", () => {
    const b = new Builder("skip");
    const x = b.feed("x", [10]);
    const early = b.exp(x);
    let y = b.exp(early);
    for (let i = 0; i < 3; i++) y = b.neg(y);
    b.fetch("y", b.add(y, early));
    // early, and at each moment the value before and the one being made
    expect(memoryOf(b.build()).working).toBe(120);
  });

  it("holds fetches to the end and constants from the start", () => {
    const b = new Builder("ends");
    const x = b.feed("x", [10]);
    b.fetch("early", b.exp(x));
    const small = b.sum(x);
    b.fetch("late", b.add(b.constant(new Float32Array(100), [100]), small));
    expect(memoryOf(b.build())).toEqual({ state: 0, feeds: 40, working: 40 + 4 + 400 + 400, largest: 400 });
  });

  it("takes a reshape for the same memory, and keeps it as long as any view of it is read", () => {
    const b = new Builder("views");
    const x = b.feed("x", [2, 5]);
    const y = b.exp(x);
    const flat = b.reshape(b.reshape(y, [10]), [5, 2]);
    const z = b.neg(b.sum(y));
    b.fetch("out", b.add(flat, z));
    expect(memoryOf(b.build()).working).toBe(40 + 4 + 40);
  });

  it("counts state once, and its next value beside it", () => {
    const b = new Builder("update");
    const s = b.state("s", [10]);
    const untouched = b.state("kept", [3]);
    b.update("s", b.add(s, b.feed("by", [10])));
    b.fetch("sum", b.sum(untouched));
    const program = b.build();
    expect(memoryOf(program)).toEqual({ state: 40 + 12 + 40, feeds: 40, working: 4, largest: 40 });
    expect(peakBytes(program)).toBe(136);
  });

  it("counts a state that keeps its value once", () => {
    const b = new Builder("same");
    const s = b.state("s", [10]);
    b.update("s", s);
    expect(memoryOf(b.build())).toEqual({ state: 40, feeds: 0, working: 0, largest: 40 });
  });
});

describe("the largest batch", () => {
  it("is where the need meets what there is", () => {
    expect(largestBatch((batch) => 100 + 10 * batch, 1000)).toBe(90);
    expect(largestBatch((batch) => 100 + 10 * batch, 109)).toBe(0);
    expect(largestBatch((batch) => 100 + 10 * batch, 110)).toBe(1);
    expect(largestBatch(() => 5, 10)).toBe(65_536);
  });

  it("is found for any maximum of lines, in few steps", () => {
    const line = fc.record({ fixed: fc.integer({ min: 0, max: 1e9 }), image: fc.integer({ min: 0, max: 1e8 }) });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 1e11 }), (lines, free) => {
        let asked = 0;
        const need = (batch: number) => Math.max(...lines.map(({ fixed, image }) => fixed + image * batch));
        const found = largestBatch((batch) => {
          asked += 1;
          return need(batch);
        }, free);
        if (found > 0) expect(need(found)).toBeLessThanOrEqual(free);
        if (found < 65_536) expect(need(found + 1)).toBeGreaterThan(free);
        expect(asked).toBeLessThan(40);
      }),
    );
  });
});
