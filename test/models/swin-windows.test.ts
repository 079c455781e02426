import { describe, expect, it } from "vitest";
import {
  filledUp,
  mergingOrder,
  moves,
  rasterOrder,
  relativePositions,
  windowsOf,
} from "../../src/models/families/swin-windows.js";
import fc from "../support/properties.js";

const sorted = (order: Int32Array): number[] => [...order].sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const extents = fc.record({ side: fc.integer({ min: 2, max: 19 }), window: fc.integer({ min: 2, max: 8 }) });

describe("windows of a map", () => {
  it("hold every token once, and zeros for the rest", () => {
    fc.assert(
      fc.property(extents, fc.integer({ min: 0, max: 4 }), ({ side, window }, shift) => {
        const windows = windowsOf(side, window, shift % side);
        expect(sorted(windows.order)).toEqual(upTo(windows.count * window * window));
        expect(windows.order.length - windows.padding).toBe(side * side);
      }),
    );
  });

  it("keep apart tokens that are no neighbours in the map", () => {
    fc.assert(
      fc.property(extents, ({ side, window }) => {
        fc.pre(side > window && side % window === 0);
        const { order, regions } = windowsOf(side, window, Math.floor(window / 2));
        if (regions === undefined) throw new Error("a shift has regions");
        const area = window * window;
        order.forEach((token, place) => {
          const start = place - (place % area);
          for (let other = start; other < start + area; other++) {
            const [a, b] = [token, order[other] ?? 0];
            const rows = Math.abs(Math.floor(a / side) - Math.floor(b / side));
            const columns = Math.abs((a % side) - (b % side));
            expect(regions[place] === regions[other]).toBe(rows < window && columns < window);
          }
        });
      }),
      { numRuns: 20 },
    );
  });

  it("have no regions without a shift, where all tokens of a window belong together", () => {
    expect(windowsOf(8, 4, 0).regions).toBeUndefined();
  });
});

describe("moving tokens", () => {
  it("there and back changes nothing", () => {
    fc.assert(
      fc.property(extents, fc.integer({ min: 1, max: 3 }), ({ side, window }, batch) => {
        const { order } = windowsOf(side, window, 1);
        const raster = rasterOrder(order.length);
        const there = moves(raster, order, batch) ?? rasterOrder(batch * order.length);
        const back = moves(order, raster, batch) ?? rasterOrder(batch * order.length);
        expect([...there].map((index) => back[index])).toEqual(upTo(batch * order.length));
      }),
    );
  });

  it("stays within each map of a batch", () => {
    const indices = moves(rasterOrder(4), Int32Array.of(3, 1, 2, 0), 2);
    expect([...(indices ?? [])]).toEqual([3, 1, 2, 0, 7, 5, 6, 4]);
  });

  it("nowhere is no move", () => {
    expect(moves(rasterOrder(9), rasterOrder(9), 3)).toBeUndefined();
  });
});

describe("merging", () => {
  it("joins squares of four, in the order of the smaller map", () => {
    expect([...mergingOrder(4, rasterOrder(4))]).toEqual([0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]);
    expect([...mergingOrder(4, Int32Array.of(3, 0, 1, 2))].slice(0, 8)).toEqual([10, 14, 11, 15, 0, 4, 1, 5]);
  });

  it("fills an odd map with zeros", () => {
    const order = mergingOrder(3, rasterOrder(4));
    expect([...order].slice(0, 4)).toEqual([0, 3, 1, 4]);
    expect([...order].slice(4, 8).filter((token) => token < 9)).toEqual([2, 5]);
    expect(sorted(order)).toEqual(upTo(16));
    expect(sorted(filledUp(rasterOrder(9), 16))).toEqual(upTo(16));
  });
});

describe("relative positions", () => {
  it("are alike for pairs equally far apart", () => {
    const positions = relativePositions(3);
    expect(new Set(positions)).toEqual(new Set(upTo(25)));
    const of = (query: number, key: number) => positions[query * 9 + key];
    expect(of(0, 0)).toBe(12);
    expect(of(0, 8)).toBe(0);
    expect(of(8, 0)).toBe(24);
    expect(of(1, 5)).toBe(of(3, 7));
  });
});
