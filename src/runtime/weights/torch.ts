/**
 * The zip archives of torch.save (since torch 1.6): `NAME/data.pkl` tells of tensors as views of storages, and each
 * storage is an entry `NAME/data/KEY`. Storages are read one by one, when a tensor over them is.
 */

import type { Bytes } from "./bytes.js";
import { CheckpointError } from "./errors.js";
import { unpickle } from "./pickle/machine.js";
import type { PickleValue } from "./pickle/values.js";
import { persistentStorage } from "./storages.js";
import { readZip, readZipEntry, type ZipEntry } from "./zip.js";

/** What a torch file holds, before anyone says which part of it is the state dict. */
export interface TorchFile {
  readonly root: PickleValue;
  /** All bytes kept under a storage's key. */
  readonly storage: (key: string) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A checkpoint of ten thousand tensors has a pickle of two MB. */
export const MAX_PICKLE_BYTES = 64 * 2 ** 20;

const DATA = "/data.pkl";

/** @throws CheckpointError */
export async function readTorchZip(bytes: Bytes): Promise<TorchFile> {
  const { file } = bytes;
  const entries = await readZip(bytes);
  const pickles = [...entries.keys()].filter((name) => name.endsWith(DATA));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw new CheckpointError(
      file,
      "is a zip archive, but none that torch.save writes (it has no data.pkl)",
      "give the .pth, .pt or .safetensors file itself",
    );
  }
  const folder = pickle.slice(0, -DATA.length);
  if (entries.has(`${folder}/constants.pkl`)) {
    throw new CheckpointError(
      file,
      "is a TorchScript program",
      "save its weights: torch.save(torch.jit.load(FILE).state_dict(), …)",
    );
  }
  await checkByteOrder(bytes, entries.get(`${folder}/byteorder`));
  const data = await readZipEntry(bytes, checkedPickle(bytes, entries.get(pickle)));
  const { value: root } = unpickle(data, 0, file, persistentStorage);
  const storage = async (key: string) => {
    const entry = entries.get(`${folder}/data/${key}`);
    if (entry === undefined) throw new CheckpointError(file, `its storage ${key} is not in the archive; it is damaged`);
    return readZipEntry(bytes, entry);
  };
  return { root, storage };
}

function checkedPickle({ file }: Bytes, entry: ZipEntry | undefined): ZipEntry {
  if (entry !== undefined && entry.size <= MAX_PICKLE_BYTES) return entry;
  throw new CheckpointError(file, `its data.pkl of ${entry?.size} bytes is over the limit of ${MAX_PICKLE_BYTES}`);
}

async function checkByteOrder(bytes: Bytes, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined || entry.size > 16) return;
  const order = new TextDecoder().decode(await readZipEntry(bytes, entry));
  if (order !== "big") return;
  throw new CheckpointError(bytes.file, "was saved on a big-endian machine", "save it again on a common one");
}
