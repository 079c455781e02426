/** Which point of a grid is chosen. */

import { expect, it } from "vitest";
import { choose, edges, pointsOf } from "../../../src/runtime/ops/tune-choose.js";

const grid = [
  { path: "r.lr", values: [0.1, 1, 10] },
  { path: "r.l2", values: [0, 1] },
];

it("lists a grid's points, the last path's values varying fastest", () => {
  expect(pointsOf(grid)).toEqual([[0.1, 0], [0.1, 1], [1, 0], [1, 1], [10, 0], [10, 1]]); // biome-ignore format: a table
});

it("chooses by the mean over cells; of equals the earlier, and never what is no number", () => {
  const points = [[1], [2], [3], [4]];
  const scores = [
    [0.5, 0.7],
    [0.9, 0.4],
    [0.6, 0.7],
    [Number.NaN, 1],
  ];
  expect(choose(points, scores, "max")).toMatchObject({ index: 1, values: [2] });
  expect(choose(points, scores, "min")).toMatchObject({ index: 0, values: [1] });
  expect(choose(points, [[1], [1], [0], [1]], "max").index).toBe(0);
  expect(() => choose([[1]], [[Number.NaN]], "max")).toThrow(/no trial has a number/);
});

it("says which values lie at the edge of a grid of more than two", () => {
  expect(edges(grid, [10, 1])).toEqual([{ path: "r.lr", value: 10 }]);
  expect(edges(grid, [1, 0])).toEqual([]);
});
