import { describe, expect, it } from "vitest";
import type { TensorData } from "../../../src/program/types.js";
import {
  readSafetensors,
  readSafetensorsHeader,
  SafetensorsError,
  safetensorsHeaderBytes,
  writeSafetensors,
} from "../../../src/runtime/state/safetensors.js";
import fc from "../../support/properties.js";

function file(header: unknown, data: Uint8Array = new Uint8Array(0), claimed?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(claimed ?? json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);
const F32 = (shape: number[], begin: number, end: number) => ({ dtype: "F32", shape, data_offsets: [begin, end] });

describe("safetensors", () => {
  it("writes what it reads, whatever the order of insertion", () => {
    const weight = { shape: [2, 2], data: new Float32Array([1, -2, 0.5, Number.NaN]) };
    const counter = { shape: [], data: new Int32Array([7]) };
    const bytes = writeSafetensors(
      new Map<string, TensorData>([
        ["b.weight", weight],
        ["a.counter", counter],
      ]),
    );
    expect(
      writeSafetensors(
        new Map<string, TensorData>([
          ["a.counter", counter],
          ["b.weight", weight],
        ]),
      ),
    ).toEqual(bytes);
    const back = readSafetensors(bytes, "x.safetensors");
    expect([...back.keys()]).toEqual(["a.counter", "b.weight"]);
    expect(back.get("b.weight")).toEqual(weight);
    expect(back.get("a.counter")).toEqual(counter);
  });

  it("keeps a tensor called __proto__ and an empty one", () => {
    const tensors = new Map<string, TensorData>([
      ["__proto__", { shape: [1], data: new Float32Array([3]) }],
      ["empty", { shape: [0, 4], data: new Float32Array(0) }],
    ]);
    expect(readSafetensors(writeSafetensors(tensors), "x")).toEqual(tensors);
  });

  it("widens half, bfloat16, double and long", () => {
    const half = bytesOf(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]));
    const bfloat = bytesOf(new Uint16Array([0x3f80, 0xbf00]));
    const double = bytesOf(new Float64Array([0.1]));
    const long = bytesOf(new BigInt64Array([-5n]));
    const data = new Uint8Array([...half, ...bfloat, ...double, ...long]);
    const header = {
      __metadata__: { format: "pt" },
      h: { dtype: "F16", shape: [4], data_offsets: [0, 8] },
      b: { dtype: "BF16", shape: [2], data_offsets: [8, 12] },
      d: { dtype: "F64", shape: [1], data_offsets: [12, 20] },
      l: { dtype: "I64", shape: [], data_offsets: [20, 28] },
    };
    const read = readSafetensors(file(header, data), "x");
    expect([...(read.get("h")?.data ?? [])]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
    expect([...(read.get("b")?.data ?? [])]).toEqual([1, -0.5]);
    expect([...(read.get("d")?.data ?? [])]).toEqual([Math.fround(0.1)]);
    expect(read.get("l")).toEqual({ shape: [], data: new Int32Array([-5]) });
  });

  it("reads a header from the start of a file alone", () => {
    const bytes = writeSafetensors(new Map([["w", { shape: [3, 5], data: new Float32Array(15) }]]));
    const length = safetensorsHeaderBytes(bytes.subarray(0, 8), "x", bytes.length);
    const header = readSafetensorsHeader(bytes.subarray(0, length), "x", bytes.length);
    expect(header.get("w")).toEqual({ dtype: "F32", shape: [3, 5] });
  });

  it.each([
    ["a file of three bytes", new Uint8Array(3), /under 8 bytes/],
    ["a header longer than the file", file({}, new Uint8Array(0), 10_000), /claims 10000 bytes/],
    ["a header length beyond 2^53", file({}, new Uint8Array(0), 2 ** 60), /claims/],
    ["a header that is no JSON", file("{nope"), /not JSON/],
    ["a header that is a list", file([]), /not a JSON object/],
    ["a range outside the data", file({ w: F32([4], 0, 16) }, new Uint8Array(8)), /tensor w: lies at bytes 0\.\.16/],
    ["a shape that does not fit", file({ w: F32([3], 0, 8) }, new Uint8Array(8)), /needs 12 bytes but 8/],
    ["a negative size", file({ w: F32([-1], 0, 8) }, new Uint8Array(8)), /tensor w: its shape/],
    ["sizes that overflow", file({ w: F32([2 ** 40, 2 ** 40], 0, 8) }, new Uint8Array(8)), /needs/],
    ["overlap", file({ a: F32([2], 0, 8), b: F32([2], 4, 12) }, new Uint8Array(12)), /tensor b: overlaps tensor a/],
    ["a hole", file({ a: F32([1], 0, 4), b: F32([1], 8, 12) }, new Uint8Array(12)), /tensor b: leaves bytes 4\.\.8/],
    ["trailing bytes", file({ a: F32([1], 0, 4) }, new Uint8Array(9)), /5 bytes after the last tensor/],
    ["an unknown type", file({ a: { dtype: "C64", shape: [], data_offsets: [0, 8] } }, new Uint8Array(8)), /"C64"/],
    [
      "a long that is too long",
      file({ a: { dtype: "I64", shape: [], data_offsets: [0, 8] } }, bytesOf(new BigInt64Array([2n ** 40n]))),
      /does not fit/,
    ],
  ])("refuses %s, naming the file", (_what, bytes, message) => {
    expect(() => readSafetensors(bytes, "ckpt.safetensors")).toThrow(message);
    expect(() => readSafetensors(bytes, "ckpt.safetensors")).toThrow(/^ckpt\.safetensors: /);
  });

  it("answers damaged bytes with its own error and nothing else", () => {
    const good = writeSafetensors(new Map([["w", { shape: [2, 3], data: new Float32Array(6) }]]));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(good.length), (at, byte, cut) => {
        const bad = good.slice(0, cut);
        if (at < bad.length) bad[at] = byte;
        try {
          readSafetensors(bad, "f");
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
    );
  });
});
