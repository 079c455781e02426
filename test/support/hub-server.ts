/** A hub on this machine: repositories by commit, large files behind a redirect to a store of another origin. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Repository {
  readonly commit: string;
  /** Branches and tags beside `main`. */
  readonly refs?: { readonly [name: string]: string };
  readonly files: { readonly [name: string]: Uint8Array };
  readonly access?: "gated" | "private";
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly server: "hub" | "store";
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** What goes wrong with the next answers of the store, one after the other. */
export type Fault =
  | { readonly kind: "drop"; readonly after: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: "other-bytes" }
  | { readonly kind: "no-ranges" }
  | { readonly kind: "too-much" }
  | { readonly kind: "silence" }
  /** No fault: an answer that comes when it is wanted. */
  | { readonly kind: "hold"; readonly until: Promise<void> };

const LARGE = 1000;
const TOKEN = "hf_right";

export class HubServer {
  readonly requests: Request[] = [];
  readonly faults: Fault[] = [];
  readonly hubFaults: Fault[] = [];
  readonly #hub = createServer((request, response) => this.#answer(request, response));
  readonly #store = createServer((request, response) => this.#give(request, response));
  readonly #silent = new Set<ServerResponse>();

  constructor(readonly repositories: { readonly [name: string]: Repository }) {}

  async start(): Promise<string> {
    for (const server of [this.#hub, this.#store]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    return addressOf(this.#hub);
  }

  async stop(): Promise<void> {
    for (const response of this.#silent) response.destroy();
    for (const server of [this.#hub, this.#store]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #note(request: IncomingMessage, server: Request["server"]): void {
    const { authorization, range } = request.headers;
    this.requests.push({ method: request.method ?? "", path: request.url ?? "", server, authorization, range });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#note(request, "hub");
    const fault = this.hubFaults.shift();
    if (fault?.kind === "status") status(response, fault.status, fault.retryAfter);
    else this.#serve(request, response);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = decodeURIComponent(request.url ?? "");
    const [, name = "", revision = "", file = ""] = /^\/([^/]+\/[^/]+)\/resolve\/(.+?)\/([^/]+)$/.exec(url) ?? [];
    const repository = this.repositories[name];
    const refusal = refusalOf(request, repository, revision, file);
    const content = repository?.files[file];
    const commit = repository?.refs?.[revision] ?? repository?.commit ?? "";
    if (url.startsWith("/moved/")) response.writeHead(307, { location: url.replace("/moved/", "/timm/") }).end();
    else if (refusal !== undefined) refuse(response, ...refusal, repository?.commit);
    else if (repository === undefined || content === undefined) status(response, 404);
    else if (content.length < LARGE) small(request, response, content, commit);
    else {
      response.writeHead(302, {
        location: `${elsewhere(this.#store)}/${name}/${file}?signed=yes`,
        "x-repo-commit": commit,
        "x-linked-etag": `"${sha256(content)}"`,
        "x-linked-size": content.length,
        etag: '"of-the-redirect"',
      });
      response.end();
    }
  }

  #silence(response: ServerResponse): void {
    response.flushHeaders();
    this.#silent.add(response);
  }

  #give(request: IncomingMessage, response: ServerResponse): void {
    this.#note(request, "store");
    const [path = ""] = (request.url ?? "").slice(1).split("?");
    const at = path.lastIndexOf("/");
    const whole = this.repositories[path.slice(0, at)]?.files[path.slice(at + 1)];
    const fault = request.method === "GET" ? this.faults.shift() : undefined;
    if (whole === undefined) status(response, 404);
    else if (fault?.kind === "status") status(response, fault.status, fault.retryAfter);
    else if (fault?.kind === "hold") void fault.until.then(() => this.#send(request, response, whole, undefined));
    else this.#send(request, response, whole, fault);
  }

  #send(request: IncomingMessage, response: ServerResponse, whole: Uint8Array, fault: Fault | undefined): void {
    const asked = fault?.kind === "no-ranges" ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
    const from = asked === undefined ? 0 : Number(asked);
    if (from >= whole.length) {
      status(response, 416);
      return;
    }
    const content = fault?.kind === "other-bytes" ? whole.map((byte) => byte ^ 1) : whole;
    const part = Buffer.from(content.subarray(from));
    const range = asked === undefined ? {} : { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` };
    const extra = fault?.kind === "too-much" ? 100 : 0;
    response.writeHead(asked === undefined ? 200 : 206, { ...range, "content-length": part.length + extra });
    if (request.method === "HEAD") response.end();
    else if (fault?.kind === "drop")
      // a moment later: what a connection still holds when it breaks off may be lost, and this is about what was got
      response.write(part.subarray(0, fault.after), () => setTimeout(() => response.destroy(), 100));
    else if (fault?.kind === "silence") this.#silence(response);
    else response.end(Buffer.concat([part, Buffer.alloc(extra)]));
  }
}

function refusalOf(
  { headers }: IncomingMessage,
  repository: Repository | undefined,
  revision: string,
  file: string,
): [status: number, code: string] | undefined {
  if (repository === undefined) return [401, "RepoNotFound"];
  const { access, commit, refs = {}, files } = repository;
  const isAllowed = access === undefined || headers.authorization === `Bearer ${TOKEN}`;
  if (!isAllowed) return access === "gated" ? [403, "GatedRepo"] : [401, "RepoNotFound"];
  if (![commit, "main", ...Object.keys(refs)].includes(revision)) return [404, "RevisionNotFound"];
  return files[file] === undefined ? [404, "EntryNotFound"] : undefined;
}

function small(request: IncomingMessage, response: ServerResponse, content: Uint8Array, commit: string): void {
  const etag = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  response.writeHead(200, { etag: `"${etag}"`, "x-repo-commit": commit, "content-length": content.length });
  response.end(request.method === "HEAD" ? undefined : content);
}

function refuse(response: ServerResponse, code: number, why: string, commit?: string): void {
  const known = commit === undefined ? {} : { "x-repo-commit": commit };
  response.writeHead(code, { "x-error-code": why, "x-error-message": why, ...known }).end();
}

function status(response: ServerResponse, code: number, retryAfter?: number): void {
  if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
  response.writeHead(code).end();
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The same machine under another name: clients tell hosts apart by it. */
function elsewhere(server: Server): string {
  return addressOf(server).replace("127.0.0.1", "localhost");
}

export function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
