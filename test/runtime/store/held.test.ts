/** Files that Windows does not let go of at once. */

import { expect, it } from "vitest";
import { insist, insistSync } from "../../../src/runtime/store/held.js";

function held(times: number, code: string) {
  let calls = 0;
  return {
    work: () => {
      calls += 1;
      if (calls <= times) throw Object.assign(new Error(code), { code });
      return "done";
    },
    get calls() {
      return calls;
    },
  };
}

it.each(["EPERM", "EACCES", "EBUSY"])("are asked for again there on %s", async (code) => {
  const file = held(3, code);
  expect(await insist(async () => file.work(), "win32")).toBe("done");
  const other = held(2, code);
  expect(insistSync(other.work, "win32")).toBe("done");
  expect([file.calls, other.calls]).toEqual([4, 3]);
});

it("are an error at once elsewhere, and there where it is another error", async () => {
  const denied = held(1, "EACCES");
  await expect(insist(async () => denied.work(), "linux")).rejects.toThrow("EACCES");
  const full = held(1, "ENOSPC");
  expect(() => insistSync(full.work, "win32")).toThrow("ENOSPC");
  expect([denied.calls, full.calls]).toEqual([1, 1]);
});

it("are an error in the end", async () => {
  const always = held(Number.POSITIVE_INFINITY, "EBUSY");
  await expect(insist(async () => always.work(), "win32")).rejects.toThrow("EBUSY");
}, 20_000);
