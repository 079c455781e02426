/** Zip archives and pickles put together by hand: what torch.save writes, and what it never would. */

export interface Part {
  readonly name: string;
  readonly data: Uint8Array;
  /** As the local header and the directory state them; the truth unless given. */
  readonly size?: number;
  readonly crc?: number;
  readonly method?: number;
  readonly flags?: number;
  /** Where the directory says it lies. */
  readonly at?: number;
}

/** The plainest archive: stored entries, one directory. */
export function zipOf(parts: readonly Part[]): Uint8Array {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(part.flags ?? 0, 2);
    fields.writeUInt16LE(part.method ?? 0, 4);
    fields.writeUInt32LE(part.crc ?? crcOf(part.data), 10);
    fields.writeUInt32LE(part.size ?? part.data.length, 14);
    fields.writeUInt32LE(part.size ?? part.data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(part.at ?? offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\0", "latin1"), fields, place, name);
    pieces.push(Buffer.from("PK\x03\x04", "latin1"), fields, name, Buffer.from(part.data));
    offset += 30 + name.length + part.data.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, listed, end]);
}

/** Bit by bit: slow, and not the product's. */
function crcOf(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Opcodes by their letter in pickletools, texts as they are, numbers as bytes. */
export function pickleOf(...pieces: readonly (string | number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    pieces.map((piece) => (typeof piece === "number" ? Buffer.of(piece) : Buffer.from(piece as string, "latin1"))),
  );
}

export const text = (value: string): Uint8Array => {
  const data = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from("X"), length, data]);
};

export const int = (value: number): Uint8Array => {
  const data = Buffer.alloc(5);
  data.write("J");
  data.writeInt32LE(value, 1);
  return data;
};

export const global = (module: string, name: string): string => `c${module}\n${name}\n`;

export const storage = (key: string, elements: number, type = "FloatStorage"): Uint8Array =>
  pickleOf("(", text("storage"), global("torch", type), text(key), text("cpu"), int(elements), "tQ");

const tuple = (values: readonly number[]) => pickleOf("(", ...values.map(int), "t");

/** `_rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict())` */
export const tensor = (
  of: Uint8Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array =>
  pickleOf(
    global("torch._utils", "_rebuild_tensor_v2"),
    "(",
    of,
    int(offset),
    tuple(shape),
    tuple(strides),
    0x89,
    global("collections", "OrderedDict"),
    ")Rt",
    "R",
  );

/** A pickle of `{name: value, …}`. */
export const dictOf = (entries: readonly (readonly [string, Uint8Array | string])[]): Uint8Array =>
  pickleOf(0x80, 2, "}(", ...entries.flatMap(([name, value]) => [text(name), value]), "u.");

/** An archive as torch.save makes it. */
export function torchZip(pickle: Uint8Array, storages: { readonly [key: string]: Uint8Array } = {}): Uint8Array {
  return zipOf([
    { name: "a/data.pkl", data: pickle },
    { name: "a/byteorder", data: Buffer.from("little") },
    ...Object.entries(storages).map(([key, data]) => ({ name: `a/data/${key}`, data })),
    { name: "a/version", data: Buffer.from("3\n") },
  ]);
}
