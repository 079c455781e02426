import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { whileBusy } from "../../src/cli/busy.js";
import { complain, type Io } from "../../src/cli/io.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const CLEAR = "\r\u001b[K";

function ioOf(isTTY: boolean, env: NodeJS.ProcessEnv = {}, columns = 80) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const io: Io = { cwd: "/", env, out: stream, err: stream, input: process.stdin };
  return { io, written };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

describe("work that takes long", () => {
  it("says nothing within the first second", async () => {
    const { io, written } = ioOf(true);
    await whileBusy(io, "reading", () => seconds(0.9));
    expect(written).toEqual([]);
  });

  it("says what it is at and for how long, and takes it back", async () => {
    const { io, written } = ioOf(true);
    await whileBusy(io, "reading a", async (busy) => {
      await seconds(2.1);
      busy.at("reading b");
      await seconds(1);
    });
    expect(written[0]).toBe(`${CLEAR}reading a … 1 s`);
    expect(written).toContain(`${CLEAR}reading a … 2 s`);
    expect(written).toContain(`${CLEAR}reading b … 3 s`);
    expect(written.at(-1)).toBe(CLEAR);
  });

  it("gives way to what else is told, and never wraps", async () => {
    const { io, written } = ioOf(true, {}, 20);
    await whileBusy(io, "reading a folder of a long name", async () => {
      await seconds(1.1);
      complain(io, "a word");
    });
    expect(written).toEqual([`${CLEAR}reading a folder o…`, CLEAR, "a word\n"]);
  });

  it("takes it back where the work fails", async () => {
    const { io, written } = ioOf(true);
    const failed = whileBusy(io, "reading", async () => {
      await seconds(1.5);
      throw new Error("torn");
    });
    await expect(failed).rejects.toThrow("torn");
    expect(written.at(-1)).toBe(CLEAR);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["a pipe", false, {}],
    ["a terminal that cannot", true, { TERM: "dumb" }],
  ] as const)("writes nothing into %s", async (_, isTTY, env) => {
    const { io, written } = ioOf(isTTY, env);
    await whileBusy(io, "reading", () => seconds(5));
    expect(written).toEqual([]);
  });
});
