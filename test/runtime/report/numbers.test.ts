import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decimal,
  meanAndSpread,
  numberText,
  rangeText,
  scaleFor,
  scaleOfP,
} from "../../../src/runtime/report/numbers.js";

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** What a reader reads. */
function read(text: string): number {
  const [, mantissa = "", , sign = "", digits = ""] =
    /^([−\d.\u202f]+?)(\u202f×\u202f10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?$/.exec(text) ?? [];
  const exponent = [...digits].map((digit) => RAISED.indexOf(digit)).join("");
  return Number(`${mantissa.replace("−", "-").replaceAll("\u202f", "")}e${sign === "" ? "" : "-"}${exponent || 0}`);
}

describe("numbers of a report", () => {
  it("show three figures of the largest", () => {
    expect([[0.912, 0.1], [12.34], [0.00123], [1], [0], [1.2e-4]].map((of) => scaleFor(of).decimals)).toEqual([
      3, 1, 5, 3, 3, 6,
    ]);
    expect(scaleFor([0.9, 1e-9]).exponent).toBe(0);
    expect([scaleFor([9.999e-9]), scaleFor([1.2e-5, 3e-9])].map(({ exponent }) => exponent)).toEqual([-8, -5]);
    expect([decimal(-0.0001, 3), decimal(-0.25, 2)]).toEqual(["0.000", "−0.25"]);
  });

  it("are written out, or as powers of ten where zeros would have to be counted", () => {
    expect([0.912, 0.00012, 1.2e-5, -1.2e-9, 4.6e9, 1.8e18].map((each) => numberText(each))).toEqual([
      "0.912",
      "0.000120",
      "1.20\u202f×\u202f10⁻⁵",
      "−1.20\u202f×\u202f10⁻⁹",
      "4\u202f600\u202f000\u202f000",
      "1.80\u202f×\u202f10¹⁸",
    ]);
  });

  it("share a power with their spread and with the other end", () => {
    expect(meanAndSpread(1.2e-9, 5e-11, scaleFor([1.2e-9]))).toBe("(1.20 ± 0.05)\u202f×\u202f10⁻⁹");
    expect(meanAndSpread(1e-12, 5e-10, scaleFor([0.3]))).toBe("(0.01 ± 5.00)\u202f×\u202f10⁻¹⁰");
    expect(rangeText(-1e-9, 2e-7)).toBe("(−0.01 to 2.00)\u202f×\u202f10⁻⁷");
    expect(rangeText(0.1, 0.25)).toBe("0.100 to 0.250");
    expect(meanAndSpread(0, 0, scaleFor([1e-9]))).toBe("0");
  });

  it("of p end at four decimals", () => {
    expect([[0.3], [0.04], [0.003, 1e-9], [1e-12]].map((p) => scaleOfP(p).decimals)).toEqual([3, 4, 4, 4]);
  });

  it("are never written as zero, and within half of the third figure of what they are", () => {
    const value = fc.double({ min: Number.MIN_VALUE, max: 1.79e308, noNaN: true });
    fc.assert(
      fc.property(value, fc.boolean(), (size, negative) => {
        const number = negative ? -size : size;
        const shown = read(numberText(number));
        expect(Math.abs(shown / number - 1), numberText(number)).toBeLessThan(size < 1e-300 ? 0.5 : 0.0051);
      }),
    );
  });
});
