/** Checkpoints made to do harm, or damaged: an error that names the file, in bounded time and memory, and nothing else. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../src/runtime/weights/bytes.js";
import { canonical } from "../../../src/runtime/weights/canonical.js";
import { readCheckpoint } from "../../../src/runtime/weights/checkpoint.js";
import { CheckpointError } from "../../../src/runtime/weights/errors.js";
import { readShardIndex } from "../../../src/runtime/weights/shards.js";
import { dictOf, global, int, pickleOf, storage, tensor, text, torchZip, zipOf } from "../../support/archives.js";
import fc from "../../support/properties.js";

const FILE = "theirs.pth";

async function read(data: Uint8Array) {
  const weights = canonical(await readCheckpoint(bytesOf(data, FILE)));
  return weights.read();
}

async function refusal(data: Uint8Array): Promise<string> {
  const error = await read(data).then(
    () => "it was read",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CheckpointError)) throw new Error(`not refused as it should be: ${String(error)}`);
  expect(error.file).toBe(FILE);
  expect(error.hint).not.toBe("");
  return error.message;
}

const FOUR = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
const w = (of = storage("0", 4), offset = 0, shape = [2, 2], strides = [2, 1]) =>
  dictOf([["w", tensor(of, offset, shape, strides)]]);

it("what the tests put together by hand is read where nothing is wrong with it", async () => {
  const found = await read(torchZip(w(), { "0": FOUR }));
  expect(found.get("w")).toEqual({ shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) });
});

describe("a pickle that would run something", () => {
  const call = (callee: string, ...args: readonly Uint8Array[]) => pickleOf(callee, "(", ...args, "tR");
  it.each([
    ["os.system", global("os", "system")],
    ["posix.system", global("posix", "system")],
    ["builtins.eval", global("builtins", "eval")],
    ["builtins.getattr", global("builtins", "getattr")],
    ["builtins.__import__", global("builtins", "__import__")],
    ["torch.load", global("torch", "load")],
    ["torch.storage._load_from_bytes", global("torch.storage", "_load_from_bytes")],
    ["torch.hub.load", global("torch.hub", "load")],
    ["collections.OrderedDict.__reduce__", global("collections", "OrderedDict.__reduce__")],
    ["torch.FloatStorage.from_file", global("torch", "FloatStorage.from_file")],
    ["__main__.Payload", global("__main__", "Payload")],
  ])("by the name %s is refused by it", async (name, callee) => {
    const message = await refusal(torchZip(dictOf([["w", call(callee, text("touch /tmp/owned"))]])));
    expect(message).toContain(`holds ${name}, which a state dict has no need of; it was not run`);
  });

  it("is refused wherever the name stands: in the memo, behind a tensor, in the optimizer, on the stack", async () => {
    const named = pickleOf(0x80, 4, 0x8c, 2, "os", 0x8c, 6, "system", 0x93, "."); // STACK_GLOBAL
    expect(await refusal(torchZip(named))).toContain("holds os.system");
    const beside = dictOf([
      ["w", tensor(storage("0", 4), 0, [4], [1])],
      ["optimizer", pickleOf("(", global("os", "system"), "q", 1, "h", 1, "0t")],
    ]);
    expect(await refusal(torchZip(beside, { "0": FOUR }))).toContain("holds os.system");
    const inArguments = call(global("argparse", "Namespace"), pickleOf(global("os", "system")));
    expect(await refusal(torchZip(dictOf([["args", inArguments]])))).toContain("holds os.system");
  });

  it.each([
    ["an allowed name called with what it is not made of", call(global("collections", "OrderedDict"), int(3))],
    ["a storage type called", call(global("torch", "FloatStorage"), int(1 << 30))],
    ["a text called", pickleOf(text("system"), "(", text("id"), "tR")],
    ["a tensor rebuilt from no storage", call(global("torch._utils", "_rebuild_tensor_v2"), text("x"))],
    ["a parameter of no tensor", call(global("torch._utils", "_rebuild_parameter"), int(1), int(1))],
    ["attributes set of a name", pickleOf(global("torch", "device"), "}b")],
    ["extension registry", pickleOf(0x82, 1)],
    ["a class made by name (INST)", pickleOf("(ios\nsystem\n")],
    ["a class made by value (OBJ)", pickleOf("(", global("collections", "OrderedDict"), "o")],
    ["a persistent id as text", pickleOf("P0\n")],
    ["a persistent id of something else", pickleOf("(", text("module"), text("x"), "tQ")],
    ["protocol 9", pickleOf(0x80, 9)],
  ])("%s", async (_, value) => {
    expect(await refusal(torchZip(dictOf([["w", value]])))).toMatch(/its pickle cannot be read: .+ \(at byte \d+\)/);
  });
});

describe("a pickle that would fill the memory", () => {
  it.each([
    ["a text of 4 GB", pickleOf("X", 0xff, 0xff, 0xff, 0xff, "a")],
    ["a text of 2^63 bytes", pickleOf(0x8d, ...new Array<number>(7).fill(0xff), 0x7f)],
    ["bytes of 2^63", pickleOf(0x8e, ...new Array<number>(7).fill(0xff), 0x7f)],
    ["an integer of 2 GB", pickleOf(0x8b, 0, 0, 0, 0x7f)],
    ["an integer of a kilobyte", pickleOf(0x8b, 0, 4, 0, 0, new Uint8Array(1024))],
    ["a frame beyond the end", pickleOf(0x95, 0, 0, 0)],
    ["a name without an end", pickleOf("c", "a".repeat(5000))],
    ["a memo never kept", pickleOf("j", 0xff, 0xff, 0xff, 0xff)],
    ["more taken than there is", pickleOf("0000")],
    ["a mark never set", pickleOf("tttt")],
    ["a key without a value", pickleOf("(", int(1), "d")],
  ])("%s", async (_, value) => {
    expect(await refusal(torchZip(dictOf([["w", value]])))).toContain("its pickle cannot be read");
  });

  it("lists that hold themselves, and each other a million times over, are only references", async () => {
    const itself = pickleOf("]q", 1, "h", 1, "a");
    const doubled = pickleOf("]", ...Array.from({ length: 60 }, () => pickleOf("2", 0x86)));
    const own = pickleOf("}q", 3, "(", text("a"), "h", 3, text("b"), "h", 3, "u");
    expect(await refusal(torchZip(dictOf([["x", itself]])))).toContain("holds no tensors under names; it has x");
    expect(await refusal(torchZip(dictOf([["x", doubled]])))).toContain("holds no tensors under names; it has x");
    expect(await refusal(torchZip(dictOf([["x", own]])))).toContain("holds no tensors");
  });

  it("a pickle of millions of empty lists", async () => {
    const data = Buffer.concat([pickleOf(0x80, 2, "("), Buffer.alloc(5_000_000, "]"), pickleOf("t.")]);
    expect(await refusal(torchZip(data))).toContain("it is longer than that of any state dict");
  });

  it("a pickle without an end", async () => {
    expect(await refusal(torchZip(pickleOf(0x80, 2, "}")))).toContain(
      "its pickle cannot be read: it ends in the middle",
    );
  });

  it("a key is followed through dicts that hold themselves, and names that turn text around are written out", async () => {
    const within = (...entries: readonly (readonly [string, Uint8Array])[]) =>
      pickleOf("}(", ...entries.flatMap(([name, value]) => [text(name), value]), "u");
    const tensors = (name: string) => within([name, tensor(storage("0", 4), 0, [2, 2], [2, 1])]);
    const odd = dictOf([
      ["\u202eledom", tensors("w")],
      ["\u001b[2Jmodel", tensors("w")],
    ]);
    const refused = await read(torchZip(odd, { "0": FOUR })).catch((thrown: unknown) => thrown);
    if (!(refused instanceof CheckpointError)) throw new Error(`not refused as it should be: ${String(refused)}`);
    const said = refused.message + refused.hint;
    expect(said).toContain("\\u202eledom");
    expect(said).not.toContain("\u202e");
    expect(said).not.toContain("\u001b");
    const itself = pickleOf(0x80, 2, "}q", 9, "(", text("a"), "h", 9, text("a.a"), "h", 9, "u.");
    const long = Array.from({ length: 20 }, () => "a").join(".");
    const lost = await readCheckpoint(bytesOf(torchZip(itself), FILE), long).catch((thrown: unknown) => thrown);
    expect(lost).toBeInstanceOf(CheckpointError);
  });

  it("a dict that holds itself under thousands of names is walked once", async () => {
    const names = Array.from({ length: 3000 }, (_, i) => pickleOf(text(`k${i}`), "h", 9));
    const itself = pickleOf(0x80, 2, "}q", 9, "(", ...names, "u.");
    expect(await refusal(torchZip(itself))).toContain("and 2995 more");
  });
});

describe("a tensor that is not there", () => {
  it.each([
    ["reaches past its storage", w(storage("0", 4), 1), /reaches to number 4 of a storage of 4/],
    ["has a stride past it", w(storage("0", 4), 0, [2, 2], [100, 1]), /reaches to number 101/],
    ["has a negative stride", w(storage("0", 4), 0, [2, 2], [-2, 1]), /no shape and strides that fit together/],
    ["has a negative size", w(storage("0", 4), 0, [-2, 2], [2, 1]), /no shape and strides/],
    ["has more strides than sizes", w(storage("0", 4), 0, [4], [2, 1]), /no shape and strides/],
    ["has seventeen dimensions", w(storage("0", 4), 0, Array(17).fill(1), Array(17).fill(1)), /no shape and strides/],
    ["claims a storage larger than the file's", w(storage("0", 400)), /storage 0 has 16 bytes and should have 1600/],
    ["lies in a storage that is not there", w(storage("1", 4)), /storage 1 is not in the archive/],
    ["lies in one outside of the archive", w(storage("../../etc/passwd", 4)), /is not in the archive/],
    ["is of a type nobody knows", w(storage("0", 4, "QInt8Storage")), /holds torch\.QInt8Storage/],
  ])("%s", async (_, pickle, problem) => expect(await refusal(torchZip(pickle, { "0": FOUR }))).toMatch(problem));

  it("unfolds to more than the file could hold", async () => {
    const repeated = w(storage("0", 4), 0, [65536, 65536, 4], [0, 0, 1]);
    expect(await refusal(torchZip(repeated, { "0": FOUR }))).toMatch(/unfold to tensors of 68719476736/);
    const views = Array.from({ length: 50 }, (_, i): [string, Uint8Array] => [
      `w${i}`,
      tensor(storage("0", 4), 0, [1 << 20, 4], [0, 1]),
    ]);
    expect(await refusal(torchZip(dictOf(views), { "0": FOUR }))).toMatch(/repeat the same numbers/);
  });

  it("keeps the shape it was checked with, whatever becomes of the list it came in", async () => {
    const rebuilt = pickleOf(
      global("torch._utils", "_rebuild_tensor"),
      "(",
      storage("0", 4),
      int(0),
      "](",
      int(4),
      "eq",
      7,
      "](",
      int(1),
      "e",
      "tR",
      pickleOf("h", 7, "(", int(1 << 30), "e0"),
    );
    const found = await read(torchZip(dictOf([["w", rebuilt]]), { "0": FOUR }));
    expect(found.get("w")?.shape).toEqual([4]);
  });
});

describe("an archive that is not what it says", () => {
  const pickle = w();
  const parts = [
    { name: "a/data.pkl", data: pickle },
    { name: "a/data/0", data: FOUR },
  ];
  it.each([
    [
      "entries that share their bytes",
      [parts[0], { ...parts[1], at: 0 }],
      /overlaps another|is not where it should be/,
    ],
    ["a compressed entry", [{ ...parts[0], method: 8 }, parts[1]], /is compressed, which torch\.save never does/],
    ["an encrypted entry", [{ ...parts[0], flags: 1 }, parts[1]], /is encrypted/],
    ["a size beyond the end", [parts[0], { ...parts[1], size: 0x7fffffff }], /lies outside of it/],
    ["an entry that is nowhere", [parts[0], { ...parts[1], at: 0x7ffffff0 }], /lies outside of it/],
    ["two entries of one name", [parts[0], parts[0]], /has two entries a\/data\.pkl/],
    [
      "bytes other than were written",
      [parts[0], { ...parts[1], crc: 1 }],
      /the checksum of its entry a\/data\/0 is another/,
    ],
    ["two state dicts", [parts[0], { ...parts[0], name: "b/data.pkl" }], /none that torch\.save writes/],
    ["nothing of torch's", [{ name: "x.npy", data: FOUR }], /none that torch\.save writes/],
    ["a program", [parts[0], { name: "a/constants.pkl", data: FOUR }], /is a TorchScript program/],
    ["the other byte order", [parts[0], { name: "a/byteorder", data: Buffer.from("big") }], /big-endian/],
  ])("%s", async (_, own, problem) => {
    const given = own.filter((part) => part !== undefined);
    expect(await refusal(zipOf(given as Parameters<typeof zipOf>[0]))).toMatch(problem);
  });

  it("claims a million entries", async () => {
    const archive = Buffer.from(torchZip(pickle, { "0": FOUR }));
    archive.writeUInt16LE(0xffff, archive.length - 22 + 10);
    expect(await refusal(archive)).toMatch(/claims 65535 entries/);
  });
});

describe("names", () => {
  const called = (name: string) => torchZip(dictOf([[name, tensor(storage("0", 4), 0, [4], [1])]]), { "0": FOUR });
  it.each(["", "__proto__", "a\u001b[2Jb", "a\nb", "\u202eab", "x".repeat(600)])(
    "%j is none for a tensor",
    async (name) => {
      const message = await refusal(called(name));
      expect(message).toContain("a tensor is called");
      expect(message).not.toMatch(/\p{Cc}|\u202e/u);
    },
  );
});

describe("an index of parts", () => {
  it.each(["../x.safetensors", "/etc/passwd", "a/b.safetensors", "", ".hidden", "x.index.json", 3])(
    "does not lead to %j",
    (part) => {
      const index = Buffer.from(JSON.stringify({ weight_map: { w: part } }));
      expect(() => readShardIndex(index, FILE)).toThrow(CheckpointError);
    },
  );
});

describe("anything at all", () => {
  const folder = join(import.meta.dirname, "golden");
  const files = readdirSync(folder).filter((name) => /\.(pth|safetensors)$/.test(name));
  const whole = new Map(files.map((name) => [name, readFileSync(join(folder, name))]));

  async function readOrRefused(data: Uint8Array): Promise<void> {
    try {
      await read(data);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
    }
  }

  it("mutated is read or refused, and nothing else", async () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        async (name, changes) => {
          const data = Uint8Array.from(whole.get(name) ?? []);
          for (const { at, byte } of changes) data[Math.floor(at * data.length)] = byte;
          await readOrRefused(data);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("with a pickle mutated and the archive whole is read or refused", async () => {
    const pickle = dictOf([
      ["w", tensor(storage("0", 4), 0, [2, 2], [2, 1])],
      ["n", tensor(storage("1", 2, "LongStorage"), 1, [], [])],
      ["args", pickleOf(global("argparse", "Namespace"), ")", 0x81, "}(", text("lr"), int(3), "ub")],
    ]);
    const change = fc.tuple(fc.nat(pickle.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const data = Uint8Array.from(pickle);
        for (const [at, byte] of changes) data[at] = byte;
        await readOrRefused(torchZip(data, { "0": FOUR, "1": FOUR }));
      }),
      { numRuns: 5000 },
    );
  });

  it("cut, doubled or filled up is read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(8000),
        fc.uint8Array({ maxLength: 64 }),
        async (name, at, more) => {
          const data = whole.get(name) ?? Buffer.alloc(0);
          await readOrRefused(Buffer.concat([data.subarray(0, at), more, data.subarray(at)]));
          await readOrRefused(data.subarray(0, at));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("made of opcodes is read or refused", async () => {
    const piece = fc.oneof(
      fc.constantFrom(...[..."}](t)Nuase2q\u0001h\u0001Rb.0lQ"].map((letter) => pickleOf(letter))),
      fc.constantFrom(0x85, 0x86, 0x87, 0x88, 0x81, 0x8f, 0x90, 0x91, 0x93, 0x94).map((code) => pickleOf(code)),
      fc.string({ maxLength: 5 }).map(text),
      fc.nat(9).map(int),
      fc.constantFrom(
        pickleOf(global("collections", "OrderedDict")),
        pickleOf(global("torch._utils", "_rebuild_tensor_v2")),
        pickleOf(global("torch._utils", "_rebuild_parameter")),
        pickleOf(global("argparse", "Namespace")),
        storage("0", 4),
        tensor(storage("0", 4), 0, [4], [1]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), (pieces) =>
        readOrRefused(torchZip(pickleOf(0x80, 2, ...pieces, "."), { "0": FOUR })),
      ),
      { numRuns: 3000 },
    );
  });
});
