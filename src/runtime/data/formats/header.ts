/** What an image's header says of its size, without decoding it. */

import { open } from "node:fs/promises";
import { join } from "node:path";
import { formatOf } from "./sniff.js";

const DICOM_HEAD = 1 << 18;

/** Height × width in pixels; infinite where the file cannot be made out. */
export async function imageArea(root: string, file: string): Promise<number> {
  try {
    const handle = await open(join(root, file));
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(DICOM_HEAD), 0, DICOM_HEAD, 0);
      const head = buffer.subarray(0, bytesRead);
      if (formatOf(head) === "dicom") {
        const { dicomArea } = await import("./dicom.js");
        return dicomArea(head);
      }
    } finally {
      await handle.close();
    }
    const { default: sharp } = await import("sharp");
    const { width = 0, height = 0 } = await sharp(join(root, file)).metadata();
    return width * height;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
