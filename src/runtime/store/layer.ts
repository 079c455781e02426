/** One cache folder as it lies there: `blobs/ab/cdef…`, `actions/ab/cdef….json`. Looks and checks, never changes anything. */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { codeOf, type FileSystem, isAbsent } from "./filesystem.js";
import { parseManifest } from "./manifest.js";
import type { BlobRef, Manifest } from "./types.js";

export type Damage = "missing" | "torn" | "altered";

const HEX64 = /^[0-9a-f]{64}$/;

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

export class Layer {
  constructor(
    readonly folder: string,
    readonly files: FileSystem,
  ) {}

  blobPath(digest: string): string {
    return this.sharded("blobs", digest, "");
  }

  actionPath(key: string): string {
    return this.sharded("actions", key, ".json");
  }

  /** Verified against its digest. */
  async blob(ref: BlobRef): Promise<Uint8Array | Damage> {
    const path = this.blobPath(ref.digest);
    try {
      // What is not of the right size need not be read, however large it is.
      const { kind, bytes } = await this.files.status(path);
      if (kind !== "file") return "altered";
      if (bytes !== ref.bytes) return "torn";
      const data = await this.files.readFile(path);
      if (data.byteLength !== ref.bytes) return "torn";
      return sha256(data) === ref.digest ? data : "altered";
    } catch (error) {
      if (isAbsent(error)) return "missing";
      if (codeOf(error) === "EISDIR") return "altered";
      throw error;
    }
  }

  /** Whether it is there, by its size; its content is verified by whoever reads it. */
  async holds(ref: BlobRef): Promise<boolean> {
    try {
      const { kind, bytes } = await this.files.status(this.blobPath(ref.digest));
      return kind === "file" && bytes === ref.bytes;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  async action(key: NodeKey): Promise<Manifest | "unusable" | undefined> {
    try {
      return manifestIn(await this.files.readFile(this.actionPath(key)), key) ?? "unusable";
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (codeOf(error) === "EISDIR") return "unusable";
      throw error;
    }
  }

  /** A manifest that is there with all of its outputs; undefined where that would need a closer look. */
  wholeAtOnce(key: NodeKey): Manifest | undefined {
    const { atOnce } = this.files;
    if (atOnce === undefined) return undefined;
    try {
      const manifest = manifestIn(atOnce.readFile(this.actionPath(key)), key);
      if (manifest === undefined) return undefined;
      for (const { digest, bytes: expected } of Object.values(manifest.outputs)) {
        const { kind, bytes } = atOnce.status(this.blobPath(digest));
        if (kind !== "file" || bytes !== expected) return undefined;
      }
      return manifest;
    } catch {
      return undefined;
    }
  }

  /** Makes a network file system look again at what it remembers not to be there. */
  async refresh(path: string): Promise<void> {
    await this.files.list(dirname(path)).catch(() => undefined);
  }

  private sharded(kind: string, digest: string, extension: string): string {
    if (!HEX64.test(digest)) throw new RangeError(`not a SHA-256 digest: ${digest.slice(0, 80)}`);
    return join(this.folder, kind, digest.slice(0, 2), `${digest.slice(2)}${extension}`);
  }
}

function manifestIn(data: Uint8Array, key: NodeKey): Manifest | undefined {
  const manifest = parseManifest(new TextDecoder().decode(data));
  return manifest?.key === key ? manifest : undefined;
}
