import type { Pixels } from "../types.js";
import type { Undecodable } from "./raster.js";

export async function decodeDicom(_bytes: Uint8Array, _frame: number): Promise<Pixels | Undecodable> {
  return { kind: "damaged", reason: "is DICOM", remedy: "convert it" };
}
