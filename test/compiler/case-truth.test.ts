/** What follows from conditions on cases alone, held to cases that are drawn. */

import { describe, expect, it } from "vitest";
import { alwaysHolds, neverHolds } from "../../src/compiler/check/case-truth.js";
import { holds } from "../../src/compiler/conditions.js";
import type { CaseCondition } from "../../src/compiler/study.js";
import fc from "../support/properties.js";
import { memoryHost } from "./support/host.js";
import { checkWhole } from "./support/known.js";

const compare = (column: string, operator: "<" | "<=" | ">" | ">=", value: number): CaseCondition => ({
  kind: "compare",
  column,
  operator,
  value,
});
const among = (column: string, ...values: readonly (string | number)[]): CaseCondition => ({
  kind: "in",
  column,
  values,
});
const not = (condition: CaseCondition): CaseCondition => ({ kind: "not", condition });
const both = (left: CaseCondition, right: CaseCondition): CaseCondition => ({ kind: "and", left, right });
const either = (left: CaseCondition, right: CaseCondition): CaseCondition => ({ kind: "or", left, right });

describe("no case can meet", () => {
  it.each<[string, CaseCondition]>([
    ["a range that is empty", both(compare("age", ">", 65), compare("age", "<", 40))],
    ["an open range between neighbours that are the same", both(compare("age", ">", 40), compare("age", "<", 40))],
    ["two values at once", both(among("sex", "F"), among("sex", "M"))],
    ["a value and its denial", both(among("sex", "F"), not(among("sex", "F")))],
    ["none of no values", among("class")],
    ["a number that is none of those it may be", both(among("grade", 1, 2), compare("grade", ">", 2))],
  ])("%s", (_, condition) => expect(neverHolds([condition])).toBe(true));

  it.each<[string, CaseCondition]>([
    ["a point", both(compare("age", ">=", 40), compare("age", "<=", 40))],
    ["a gap", both(compare("age", ">", 40), compare("age", "<", 40.5))],
    ["one of two", either(compare("age", ">", 65), compare("age", "<", 40))],
    ["what is said of another column", both(compare("age", ">", 65), compare("size", "<", 40))],
    ["numbers that are written as text", both(among("grade", "3"), compare("grade", ">", 2))],
    ["classes that are dealt at random", { kind: "part-of-classes", parts: 2, part: 0, draw: 0 }],
  ])("but for %s some can", (_, condition) => expect(neverHolds([condition])).toBe(false));

  it("where only classes are left that the data have not", () => {
    expect(neverHolds([among("class", "bird")])).toBe(false);
    expect(neverHolds([among("class", "bird")], ["cat", "dog"])).toBe(true);
    expect(neverHolds([not(among("class", "cat")), not(among("class", "dog"))], ["cat", "dog"])).toBe(true);
  });

  it("is never said of what a case meets, and all that is said of no case is", () => {
    const column = fc.constantFrom("age", "sex");
    const leaf = fc.oneof(
      fc
        .tuple(column, fc.constantFrom("<", "<=", ">", ">=" as const), fc.integer({ min: 0, max: 4 }))
        .map(([c, o, v]) => compare(c, o as "<", v)),
      fc.tuple(column, fc.subarray(["F", "M", 1, 3])).map(([c, values]) => among(c, ...values)),
    );
    const { condition } = fc.letrec<{ condition: CaseCondition }>((tie) => ({
      condition: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie("condition").map(not),
        fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => both(a, b)),
        fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => either(a, b)),
      ),
    }));
    const values = [undefined, "F", "M", "other", "3", -1, ...Array.from({ length: 11 }, (_, i) => i / 2)];
    fc.assert(
      fc.property(condition, (of) => {
        const met = values.some((age) => values.some((sex) => holds(of, (c) => (c === "age" ? age : sex)) === true));
        expect(neverHolds([of])).toBe(!met);
      }),
      { numRuns: 300 },
    );
  });
});

describe("every case meets", () => {
  it("what asks for all the classes a declaration lists, and nothing else", () => {
    const classes = ["cat", "dog"];
    expect(alwaysHolds(among("class", "cat", "dog"), classes)).toBe(true);
    expect(alwaysHolds(not(among("class", "bird")), classes)).toBe(true);
    expect(alwaysHolds(among("class", "cat"), classes)).toBe(false);
    expect(alwaysHolds(among("class", "cat", "dog"), undefined)).toBe(false);
    expect(alwaysHolds(both(among("class", "cat", "dog"), compare("age", ">", 0)), classes)).toBe(false);
  });

  const study = (target: string, more = "") => `study s { seed 1; repeats 3 }
dataset pets from image_csv("./nowhere", image: "file", label: "kind", classes: ["cat", "dog"])
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 2 steps; select last }
experiment main { ${target}; model mini; init random; train short; measure test = score(top1) }
${more}`;
  const told = async (text: string, options = {}) =>
    (await checkWhole("study.xfer", memoryHost({ "study.xfer": text }), options)).diagnostics.flatMap(
      ({ name, location }) => (name === "where-keeps-all" ? [text.slice(location.span.start, location.span.end)] : []),
    );

  it("and is told without the data, at its place", async () => {
    expect(await told(study("target pets where class in [cat, dog]"))).toEqual(["class in [cat, dog]"]);
    expect(await told(study("target pets where class == cat"))).toEqual([]);
  });

  it("but of a line along an axis only where it leaves nothing out at any point", async () => {
    const clinic =
      'dataset clinic from image_csv("./known/clinic", image: "file", label: "finding", group: "patient") { split train: 70%, val: 15%, test: 15% by patient }';
    const along = (points: string) => study(`vary least in [${points}]; target clinic where age >= least`, clinic);
    expect(await told(along("0, 10"))).toEqual(["age >= least"]);
    expect(await told(along("0, 50"))).toEqual([]);
  });

  it("nor in a study that is cut down to be tried", async () => {
    const text = study("target pets where class in [cat, dog]", "profile smoke { short.for = 1 steps }");
    expect(await told(text, { profile: "smoke" })).toEqual([]);
  });
});
