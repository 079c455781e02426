export { type DiskStore, openStore, sha256 } from "./disk.js";
export { DamagedBlobError, StoreError } from "./errors.js";
export { type FileSystem, nodeFileSystem } from "./filesystem.js";
export type { BlobRef, BlobStore, Manifest, Store } from "./types.js";
