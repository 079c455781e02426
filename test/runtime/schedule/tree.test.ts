import { expect, it } from "vitest";
import { fits, type Gap, MOST_VISITED, ReadyTree, type Want } from "../../../src/runtime/schedule/tree.js";
import fc from "../../support/properties.js";

const amount = fc.integer({ min: 0, max: 9 });
const wants = fc.record({ whole: amount, host: amount, own: amount, seconds: amount });
const gaps = fc.array(
  fc.record({ place: fc.constant(0), host: amount, own: fc.option(amount, { nil: undefined }), seconds: amount }),
  { maxLength: 3 },
);
const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("insert" as const), want: wants, rank: fc.nat() }),
    fc.record({ kind: fc.constant("remove" as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant("search" as const), gaps }),
  ),
  { maxLength: 120 },
);

interface Item {
  readonly rank: number;
  readonly order: number;
  readonly want: Want;
}
const before = (a: Item, b: Item): boolean => (a.rank === b.rank ? a.order < b.order : a.rank < b.rank);

it("finds what a search through a sorted list would", () => {
  fc.assert(
    fc.property(actions, (drawn) => {
      const tree = new ReadyTree<Item>(before);
      let list: Item[] = [];
      for (const [order, action] of drawn.entries()) {
        switch (action.kind) {
          case "insert": {
            const item = { rank: action.rank % 20, order, want: action.want };
            tree.insert(item, item.want);
            list = [...list, item].sort((a, b) => (before(a, b) ? -1 : 1));
            break;
          }
          case "remove": {
            const item = list[action.pick % Math.max(1, list.length)];
            if (item === undefined) break;
            tree.remove(item);
            list = list.filter((other) => other !== item);
            break;
          }
          case "search":
            expect(tree.first()).toBe(list[0]);
            expect(tree.firstWithin(action.gaps)).toBe(
              list.find(({ want }) => action.gaps.some((gap) => fits(want, gap))),
            );
            break;
        }
      }
    }),
    { numRuns: 300 },
  );
});

it("stays shallow for items that come in order", () => {
  const tree = new ReadyTree<Item>(before);
  const want: Want = { whole: 1, host: 1, own: 1, seconds: 1 };
  for (let order = 0; order < 20_000; order++) tree.insert({ rank: order, order, want }, want);
  const built = tree.visits;
  expect(built / 20_000).toBeLessThan(60);
  tree.first();
  expect(tree.visits - built).toBeLessThan(60);
});

it("gives a hopeless search up", () => {
  const tree = new ReadyTree<Item>(before);
  // least host and least device memory fit everywhere, and no item does
  for (let order = 0; order < 5000; order++) {
    const want =
      order % 2 === 0 ? { whole: 0, host: 0, own: 9, seconds: 0 } : { whole: 9, host: 9, own: 0, seconds: 0 };
    tree.insert({ rank: 0, order, want }, want);
  }
  const built = tree.visits;
  const gap: Gap = { place: 0, host: 5, own: 5, seconds: 5 };
  expect(tree.firstWithin([gap])).toBeUndefined();
  expect(tree.visits - built).toBeLessThanOrEqual(MOST_VISITED);
});
