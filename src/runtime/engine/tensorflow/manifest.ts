/** `engine.json`: written last, so an installation exists exactly when it does. */

import { documentCheck } from "../../../catalog/json-check.js";

export const MANIFEST_NAME = "engine.json";
export const MANIFEST_FORMAT = 1;

export interface FileDigest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The archive the native library came in. */
export interface Origin {
  readonly way: "pip" | "file" | "download";
  /** File name, or address. */
  readonly source: string;
  /** Of the archive; hexadecimal. */
  readonly sha256: string;
}

export interface EngineManifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly engine: "tensorflow";
  /** TensorFlow's version, as its library says it. */
  readonly tensorflow: string;
  readonly cuda: boolean;
  /** Node's names, for example `linux-x64`. */
  readonly platform: string;
  /** The lowest Node-API version that can load the addons; they serve every Node that has it. */
  readonly napi: number;
  /** The binding, relative to the folder. */
  readonly addon: string;
  /** The small addon that keeps the native library's chatter off the terminal, relative to the folder. */
  readonly mute: string;
  /** Every native file, by its path relative to the folder. */
  readonly files: { readonly [path: string]: FileDigest };
  readonly origins: readonly Origin[];
  readonly builtWith: {
    readonly xferc: string;
    readonly node: string;
    readonly binding: string;
    readonly compiler: string;
  };
  /** ISO 8601. */
  readonly installedAt: string;
}

const text = { type: "string", minLength: 1 } as const;
/** Below the folder, whatever the manifest says. */
const path = { type: "string", pattern: "^(?!.*(^|/)\\.\\.(/|$))[^/\\\\].*$" } as const;
const digest = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;

function closed(properties: { readonly [name: string]: object }): object {
  return { type: "object", required: Object.keys(properties), additionalProperties: false, properties };
}

export const ENGINE_SCHEMA = closed({
  format: { const: MANIFEST_FORMAT },
  engine: { const: "tensorflow" },
  tensorflow: text,
  cuda: { type: "boolean" },
  platform: text,
  napi: { type: "integer", minimum: 1 },
  addon: path,
  mute: path,
  files: {
    type: "object",
    propertyNames: path,
    additionalProperties: closed({ bytes: { type: "integer", minimum: 0 }, sha256: digest }),
  },
  origins: {
    type: "array",
    items: closed({ way: { enum: ["pip", "file", "download"] }, source: text, sha256: digest }),
  },
  builtWith: closed({ xferc: text, node: text, binding: text, compiler: text }),
  installedAt: text,
});

const manifestCheck = documentCheck<EngineManifest>("engine-manifest", ENGINE_SCHEMA);

export type Parsed =
  | { readonly ok: true; readonly manifest: EngineManifest }
  | { readonly ok: false; readonly problem: string };

export function parseManifest(content: string): Parsed {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return { ok: false, problem: `${MANIFEST_NAME} is not JSON` };
  }
  const isManifest = manifestCheck();
  if (isManifest(parsed)) return { ok: true, manifest: parsed };
  const first = isManifest.errors?.[0];
  return {
    ok: false,
    problem: `${MANIFEST_NAME}${first?.instancePath ?? ""} ${first?.message ?? "is not understood"}`,
  };
}
