/** Requests to a hub: what a file is (its commit, digest and size), and its bytes from a position on. */

import type { HubFile } from "../../compiler/hub.js";
import { isCommit } from "./cache.js";
import { HubError, PassingError } from "./errors.js";

export interface HubClient {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  /** Silence for so long is a broken connection. */
  readonly timeoutMs: number;
}

/** What the hub says of a file. */
export interface RemoteFile {
  readonly file: string;
  readonly commit: string;
  /** The name of its blob: the SHA-256 of a large file, git's own SHA-1 of a small one. */
  readonly etag: string;
  readonly size: number;
}

const MAX_REDIRECTS = 5;
const ETAG = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** Undefined where the repository has no such file. @throws HubError, PassingError */
export async function describeFile(client: HubClient, hub: HubFile, file: string): Promise<RemoteFile | undefined> {
  const response = await request(client, addressOf(client, hub, file), { method: "HEAD" }, "own");
  if (response.status === 404 && response.headers.get("x-error-code") === "EntryNotFound") return undefined;
  refuseStatus(response, client, hub, file);
  const commit = response.headers.get("x-repo-commit") ?? "";
  const etag = plainEtag(response.headers.get("x-linked-etag") ?? response.headers.get("etag") ?? "");
  const ownSize = response.status < 300 ? response.headers.get("content-length") : null;
  const size = Number(response.headers.get("x-linked-size") ?? ownSize ?? Number.NaN);
  if (!isCommit(commit) || !ETAG.test(etag) || !Number.isSafeInteger(size) || size < 0) {
    throw new HubError(
      `${client.endpoint} does not answer as a hub does (no commit, digest and size of ${named(hub, file)})`,
      "check HF_ENDPOINT, and whether a proxy stands between",
    );
  }
  if (isCommit(hub.revision) && commit !== hub.revision) {
    throw new HubError(
      `${client.endpoint} answers with commit ${commit} where ${hub.revision} was asked for`,
      "check HF_ENDPOINT",
    );
  }
  return { file, commit, etag, size };
}

export interface Content {
  /** Where the bytes begin: as asked for, or 0 where the server gives the whole file. */
  readonly from: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The file's bytes from a position on. @throws HubError, PassingError; the chunks throw PassingError */
export async function openContent(client: HubClient, hub: HubFile, remote: RemoteFile, from: number): Promise<Content> {
  const pinned = { ...hub, revision: remote.commit };
  const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  const response = await request(client, addressOf(client, pinned, remote.file), { headers: range }, "any");
  if (response.status === 416) return { from: 0, chunks: nothing() };
  refuseStatus(response, client, hub, remote.file);
  const start = response.status === 206 ? startOf(response.headers.get("content-range")) : 0;
  if (start !== 0 && start !== from) throw new PassingError("the server sent another part than was asked for");
  if (response.body === null) throw new PassingError("the server sent nothing");
  return { from: start, chunks: timed(response.body, client.timeoutMs) };
}

/** The range cannot be had: it is asked for anew, from the beginning. */
async function* nothing(): AsyncIterable<Uint8Array> {
  yield* [];
}

function addressOf({ endpoint }: HubClient, { owner, name, revision }: HubFile, file: string): string {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return `${endpoint}/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/**
 * Follows redirects itself: the token is for the hub alone, and the answer to HEAD that tells commit and digest is the
 * hub's, not that of the store it sends us to (`own`).
 */
async function request(
  client: HubClient,
  address: string,
  init: { readonly method?: string; readonly headers?: Record<string, string> },
  follow: "own" | "any",
): Promise<Response> {
  const home = new URL(client.endpoint).origin;
  let url = new URL(address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "xferc", ...init.headers };
    if (client.token !== undefined && url.origin === home) headers.authorization = `Bearer ${client.token}`;
    const response = await sent(url, { ...init, headers, redirect: "manual" }, client.timeoutMs);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    const next = new URL(location, url);
    if (follow === "own" && (response.headers.has("x-linked-etag") || next.hostname !== url.hostname)) return response;
    await response.body?.cancel();
    url = next;
    if (url.protocol !== "https:" && client.endpoint.startsWith("https:")) {
      throw new HubError(`the hub leads to ${url.origin}, which is not encrypted`, "check HF_ENDPOINT");
    }
  }
  throw new PassingError("the server sends us round in circles");
}

async function sent(url: URL, init: RequestInit, timeoutMs: number): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    return await fetch(url, { ...init, signal: abort.signal });
  } catch (error) {
    throw new PassingError(`${url.origin} cannot be reached (${reasonOf(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

/** Undici hides what happened in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError") return "no answer";
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
  return error.message;
}

async function* timed(body: ReadableStream<Uint8Array>, timeoutMs: number): AsyncIterable<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await withTimeout(reader.read(), timeoutMs);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof PassingError) throw error;
    throw new PassingError(`the connection broke (${reasonOf(error)})`);
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PassingError("nothing came any more")), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function refuseStatus(response: Response, { endpoint, token }: HubClient, hub: HubFile, file: string): void {
  const { status, headers } = response;
  if (status < 400) return;
  void response.body?.cancel().catch(() => undefined);
  const repository = `${hub.owner}/${hub.name}`;
  const code = headers.get("x-error-code");
  if (code === "GatedRepo") {
    const page = `${endpoint}/${repository}`;
    throw new HubError(
      `${repository} is given only to those who accept its conditions`,
      `accept them at ${page}, and give your token in HF_TOKEN`,
    );
  }
  if (code === "RevisionNotFound") {
    throw new HubError(`${repository} has no revision ${hub.revision}`, "give a branch, a tag or a commit of it");
  }
  if (code === "EntryNotFound") throw new HubError(`${repository} has no ${file}`, "look at its files and name one");
  if (status === 401 || status === 403 || code === "RepoNotFound" || status === 404) {
    const remedy =
      token === undefined
        ? "check its name; if it is private, give your token in HF_TOKEN"
        : "check its name, and what HF_TOKEN may read";
    throw new HubError(
      `there is no ${repository} at ${endpoint}, or it is not for everyone (status ${status})`,
      remedy,
    );
  }
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    throw new PassingError(
      `${endpoint} answers with status ${status}`,
      Number.isFinite(seconds) ? seconds * 1000 : undefined,
    );
  }
  throw new HubError(`${endpoint} refuses ${named(hub, file)} (status ${status})`, "check HF_ENDPOINT");
}

function startOf(range: string | null): number {
  const start = /^bytes (\d+)-/.exec(range ?? "")?.[1];
  return start === undefined ? Number.NaN : Number(start);
}

/** `W/"abc"` → `abc`. */
function plainEtag(text: string): string {
  return text.replace(/^W\//, "").replaceAll('"', "");
}

function named({ owner, name }: HubFile, file: string): string {
  return `${owner}/${name}/${file}`;
}
