import { describe, expect, it } from "vitest";
import { Builder } from "../../../src/program/builder.js";
import type { Program, TensorData } from "../../../src/program/types.js";
import { packBundle } from "../../../src/runtime/engine/onnx/packing.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import { describeEngines } from "../../support/engines.js";

const floats = (...values: number[]): TensorData => ({ shape: [values.length], data: Float32Array.from(values) });
const scalar = (value: number): TensorData => ({ shape: [], data: Float32Array.of(value) });

/** `count` becomes count + by; `by` leaves as it came, twice; `kept` is read by no one. */
function counting(): Program {
  const b = new Builder("count");
  const count = b.state("count", [2]);
  const kept = b.state("kept", [2]);
  const by = b.feed("by", [2]);
  b.feed("unused", [1]);
  const sum = b.add(count, by);
  b.update("count", sum);
  b.update("kept", kept);
  b.fetch("sum", sum);
  b.fetch("twin", sum);
  b.fetch("by", by);
  b.fetch("seen", b.reshape(count, [2, 1]));
  return b.build();
}

function doubling(): Program {
  const b = new Builder("double");
  const count = b.state("count", [2]);
  b.update("count", b.add(count, count));
  return b.build();
}

const opened = async (engine: Promise<Engine>) =>
  (await engine).open({ programs: { count: counting(), double: doubling() } });
const state = () =>
  new Map([
    ["count", floats(1, 2)],
    ["kept", floats(8, 9)],
  ]);

describeEngines("a session", (engine) => {
  it("keeps one state for all programs", async () => {
    const session = await opened(engine());
    await session.load(state());
    const first = await session.run("count", { by: floats(10, 20), unused: floats(0) });
    expect([...(first.sum?.data ?? [])]).toEqual([11, 22]);
    expect([...(first.twin?.data ?? [])]).toEqual([11, 22]);
    expect([...(first.by?.data ?? [])]).toEqual([10, 20]);
    expect(first.seen).toEqual({ shape: [2, 1], data: Float32Array.of(1, 2) });
    await session.run("double", {});
    await session.run("count", { by: floats(1, 1), unused: floats(0) });
    expect(await session.read()).toEqual(
      new Map([
        ["count", floats(23, 45)],
        ["kept", floats(8, 9)],
      ]),
    );
    await session.close();
  });

  it("gives copies and takes copies", async () => {
    const session = await opened(engine());
    const given = state();
    await session.load(given);
    given.get("count")?.data.fill(7);
    const read = await session.read(["count"]);
    expect(read.get("count")).toEqual(floats(1, 2));
    read.get("count")?.data.fill(7);
    const { sum } = await session.run("count", { by: floats(0, 0), unused: floats(0) });
    expect(sum).toEqual(floats(1, 2));
    sum?.data.fill(7);
    expect((await session.read(["count"])).get("count")).toEqual(floats(1, 2));
    await session.close();
  });

  it("names what is missing, misshapen or unknown", async () => {
    const session = await opened(engine());
    await expect(session.run("double", {})).rejects.toThrow(/`double` was run before its state was loaded/);
    await expect(session.load(new Map([["kept", floats(0, 0)]]))).rejects.toThrow(/the state lacks `count`/);
    await expect(session.load(state().set("count", floats(1, 2, 3)))).rejects.toThrow(
      /state `count` is f32 \[3\] where f32 \[2\] is due/,
    );
    await expect(session.load(state().set("count", { shape: [2], data: Float32Array.of(1) }))).rejects.toThrow(
      /state `count` has 1 elements, but its shape is \[2\]/,
    );
    await session.load(state());
    await expect(session.run("count", { by: floats(1, 1) })).rejects.toThrow(
      /`count` needs the feed `unused`, f32 \[1\]/,
    );
    await expect(session.run("count", { by: scalar(1), unused: floats(0) })).rejects.toThrow(
      /feed `by` of program `count` is f32 \[\] where f32 \[2\] is due/,
    );
    await expect(session.run("double", { by: floats(1) })).rejects.toThrow(/`double` takes no feed `by`/);
    await expect(session.run("halve", {})).rejects.toThrow(/no program `halve`; there is `count`, `double`/);
    await expect(session.read(["sum"])).rejects.toThrow(/no program has the state `sum`/);
    await session.close();
    await expect(session.run("double", {})).rejects.toThrow(/the session is closed/);
  });

  it("refuses programs that disagree about a state", async () => {
    const b = new Builder("other");
    b.fetch("count", b.state("count", [3]));
    await expect((await engine()).open({ programs: { count: counting(), other: b.build() } })).rejects.toThrow(
      /program `other` has state `count` as f32 \[3\], another program as f32 \[2\]/,
    );
  });
});

const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, l2: 0.1, weightDecay: 0 };

/** Adam on two tensors; `clip` multiplies both gradients by one number. */
function updating(clip: "clipped" | "plain"): Program {
  const b = new Builder("step");
  const [rate, correction1, correction2] = [b.feed("lr", []), b.feed("c1", []), b.feed("c2", [])];
  const gradients = [b.feed("ga", [2, 3]), b.feed("gb", [5])];
  const squares = b.op("sumSquares", {}, gradients)[0];
  if (squares === undefined) throw new Error("sumSquares has an output");
  for (const [index, name] of ["a", "b"].entries()) {
    const raw = gradients[index];
    if (raw === undefined) continue;
    const parameter = b.state(name, raw.shape);
    const [m, v] = [b.state(`m.${name}`, raw.shape), b.state(`v.${name}`, raw.shape)];
    const gradient = clip === "clipped" ? b.mul(raw, b.rsqrt(squares)) : raw;
    const next = b.adam(settings, { parameter, gradient, m, v }, { rate, correction1, correction2 });
    b.update(name, next.parameter);
    b.update(`m.${name}`, next.m);
    b.update(`v.${name}`, next.v);
    b.fetch(`twice.${name}`, b.add(parameter, parameter));
  }
  b.fetch("squares", squares);
  return b.build();
}

/** Sets one of the packed tensors. */
function replacing(): Program {
  const b = new Builder("replace");
  const old = b.state("b", [5]);
  b.update("b", b.sub(b.feed("by", [5]), old));
  return b.build();
}

const ramp = (shape: number[], from: number): TensorData => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i / 8),
});

describeEngines("updates", (engine) => {
  const tensors = () =>
    new Map([
      ["a", ramp([2, 3], 1)],
      ["b", ramp([5], -2)],
      ...["m.a", "v.a"].map((name) => [name, ramp([2, 3], 0)] as const),
      ...["m.b", "v.b"].map((name) => [name, ramp([5], 0)] as const),
    ]);
  const feeds = {
    ga: ramp([2, 3], -0.5),
    gb: ramp([5], 0.25),
    lr: scalar(0.1),
    c1: scalar(0.1),
    c2: scalar(0.01),
  };

  /** Adam by the book, in float64. */
  function expected(name: "a" | "b", clip: "clipped" | "plain"): number[] {
    const squares = [...feeds.ga.data, ...feeds.gb.data].reduce((sum, g) => sum + g * g, 0);
    const factor = clip === "clipped" ? 1 / Math.sqrt(squares) : 1;
    const state = tensors();
    const [p, m, v] = [name, `m.${name}`, `v.${name}`].map((key) => state.get(key)?.data ?? []);
    return Array.from(feeds[`g${name}`].data, (raw, i) => {
      const parameter = p?.[i] ?? 0;
      const gradient = raw * factor + settings.l2 * parameter;
      const first = 0.9 * (m?.[i] ?? 0) + 0.1 * gradient;
      const second = 0.99 * (v?.[i] ?? 0) + 0.01 * gradient * gradient;
      return parameter - (0.1 * (first / 0.1)) / (Math.sqrt(second / 0.01) + 1e-8);
    });
  }

  it.each(["clipped", "plain"] as const)("give each tensor its own update: %s", async (clip) => {
    const program = updating(clip);
    const session = await (await engine()).open({ programs: { step: program, replace: replacing() } });
    await session.load(tensors());
    const outputs = await session.run("step", feeds);
    const after = await session.read();
    for (const name of ["a", "b"] as const) {
      expected(name, clip).forEach((value, i) => {
        expect(after.get(name)?.data[i]).toBeCloseTo(value, 5);
        expect(outputs[`twice.${name}`]?.data[i]).toBeCloseTo(2 * (tensors().get(name)?.data[i] ?? 0), 6);
      });
    }
    const squares = [...feeds.ga.data, ...feeds.gb.data].reduce((sum, g) => sum + g * g, 0);
    expect(outputs.squares?.data[0]).toBeCloseTo(squares, 5);
    await session.close();
  });

  it("let another program replace one of the tensors", async () => {
    const session = await (await engine()).open({ programs: { step: updating("plain"), replace: replacing() } });
    await session.load(tensors());
    await session.run("replace", { by: ramp([5], 10) });
    const after = await session.read();
    expect(after.get("b")?.data).toEqual(Float32Array.of(12, 12, 12, 12, 12));
    expect(after.get("a")).toEqual(tensors().get("a"));
    await session.run("step", feeds);
    await session.run("replace", { by: ramp([5], 10) });
    const last = await session.read(["a"]);
    expected("a", "plain").forEach((value, i) => {
      expect(last.get("a")?.data[i]).toBeCloseTo(value, 5);
    });
    await session.close();
  });
});

describe("onnx packs updates", () => {
  it.each(["clipped", "plain"] as const)("that share their arithmetic: %s", (clip) => {
    const program = updating(clip);
    expect(packBundle({ programs: { step: program } }).byProgram.get(program)).toHaveLength(1);
  });

  it("but not those that are used otherwise", () => {
    const program = updating("plain");
    const [update] = program.updates;
    if (update === undefined) throw new Error("the program updates something");
    const fetching = { ...program, fetches: [...program.fetches, { name: "next", value: update.value }] };
    expect(packBundle({ programs: { step: fetching } }).byProgram.get(fetching)).toHaveLength(0);
  });
});
