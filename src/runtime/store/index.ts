export { type DiskStore, openStore } from "./disk.js";
export { DamagedBlobError, StoreError } from "./errors.js";
export { type FileSystem, nodeFileSystem } from "./filesystem.js";
export { sha256 } from "./layer.js";
export type { BlobRef, BlobStore, Manifest, Store } from "./types.js";
