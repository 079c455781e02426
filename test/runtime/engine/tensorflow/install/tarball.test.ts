import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installTensorflow } from "../../../../../src/runtime/engine/tensorflow/install/index.js";
import { choosePlatform } from "../../../../../src/runtime/engine/tensorflow/install/platform.js";
import { fetchResumed, unpackTarball } from "../../../../../src/runtime/engine/tensorflow/install/tarball.js";
import { linux, newFolder, recorder, request, sha256, writeCompiler } from "./fakes.js";

let world: string;
let server: Server | undefined;
beforeEach(() => {
  world = newFolder();
});
afterEach(async () => {
  rmSync(world, { recursive: true, force: true });
  server?.closeAllConnections();
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
  server = undefined;
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(answer: Answer): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

const CONTENT = Buffer.from("the archive's content ".repeat(1000));

/** Minds ranges; the first time it sends a part and drops the line once that part is on the client's disk. */
const minding =
  (ranges: string[], partial: string): Answer =>
  ({ headers }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    ranges.push(headers.range ?? "all");
    const rest = CONTENT.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": rest.length });
    if (ranges.length > 1) response.end(rest);
    else {
      response.write(rest.subarray(0, 5000));
      const arrived = setInterval(() => {
        if (!existsSync(partial) || statSync(partial).size === 0) return;
        clearInterval(arrived);
        response.destroy();
      }, 5);
    }
  };

describe("a download", () => {
  const file = () => join(world, "archive");
  const options = () => ({ signal: new AbortController().signal, report: recorder().report });

  it("goes on where the line was dropped", async () => {
    const ranges: string[] = [];
    const address = await serve(minding(ranges, `${file()}.part`));
    await expect(fetchResumed(address, file(), options())).rejects.toThrow("the same command goes on from here");
    const have = statSync(`${file()}.part`).size;
    expect(have).toBeGreaterThan(0);
    expect(have).toBeLessThan(CONTENT.length);
    await fetchResumed(address, file(), options());
    expect(ranges).toEqual(["all", `bytes=${have}-`]);
    expect(readFileSync(file())).toEqual(CONTENT);
    expect(existsSync(`${file()}.part`)).toBe(false);
  });

  it("starts over where the server sends everything whatever is asked", async () => {
    writeFileSync(`${file()}.part`, "something old");
    await fetchResumed(await serve((_, response) => void response.end(CONTENT)), file(), options());
    expect(readFileSync(file())).toEqual(CONTENT);
  });

  it("is whole where nothing is left to send", async () => {
    writeFileSync(`${file()}.part`, CONTENT);
    await fetchResumed(await serve((_, response) => void response.writeHead(416).end()), file(), options());
    expect(readFileSync(file())).toEqual(CONTENT);
  });

  it("says what the server answered, and that no one listens", async () => {
    const address = await serve((_, response) => void response.writeHead(404, "Not Found").end());
    await expect(fetchResumed(address, file(), options())).rejects.toThrow("the server answered 404 Not Found");
    await expect(fetchResumed("http://127.0.0.1:9", file(), options())).rejects.toThrow(/ECONNREFUSED|bad port/);
  });

  it("that is interrupted keeps what came", async () => {
    const controller = new AbortController();
    const address = await serve((_, response) => {
      response.writeHead(200, { "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, 5000));
    });
    const report = { ...recorder().report, progress: () => controller.abort(new Error("stop")) };
    await expect(fetchResumed(address, file(), { signal: controller.signal, report })).rejects.toThrow("stop");
    expect(existsSync(`${file()}.part`)).toBe(true);
  });
});

/** As the official one is made: a versioned library and the links to it. */
function makeTarball(change: (folder: string) => void = () => undefined): string {
  const folder = join(world, "content");
  mkdirSync(join(folder, "include", "tensorflow", "c"), { recursive: true });
  writeFileSync(join(folder, "include", "tensorflow", "c", "c_api.h"), "");
  mkdirSync(join(folder, "lib"));
  for (const stem of ["libtensorflow", "libtensorflow_framework"]) {
    writeFileSync(join(folder, "lib", `${stem}.so.2.18.0`), stem);
    symlinkSync(`${stem}.so.2.18.0`, join(folder, "lib", `${stem}.so.2`));
    symlinkSync(`${stem}.so.2`, join(folder, "lib", `${stem}.so`));
  }
  change(folder);
  const file = join(world, "lib.tar.gz");
  expect(spawnSync("tar", ["-czf", file, "-C", folder, "."]).status).toBe(0);
  return file;
}

describe("the official C library", () => {
  const environment = process.env;
  const unpack = (file: string) =>
    unpackTarball(file, join(world, "out"), {
      platform: choosePlatform(linux, "cpu"),
      environment,
      signal: new AbortController().signal,
    });

  it("keeps each library under the one name it is loaded by", async () => {
    const { libraries, include } = await unpack(makeTarball());
    expect(libraries.map((path) => readFileSync(path, "utf8"))).toEqual(["libtensorflow", "libtensorflow_framework"]);
    expect(libraries[0]).toBe(join(world, "out", "lib", "libtensorflow.so.2"));
    expect(existsSync(join(include, "tensorflow", "c", "c_api.h"))).toBe(true);
  });

  it("whose library is a link that leads out of it is refused", async () => {
    writeFileSync(join(world, "secret"), "");
    const file = makeTarball((folder) => {
      rmSync(join(folder, "lib", "libtensorflow.so.2"));
      symlinkSync(join(world, "secret"), join(folder, "lib", "libtensorflow.so.2"));
    });
    await expect(unpack(file)).rejects.toThrow("leads out of it");
  });

  it("that is something else, or cut short, is named", async () => {
    const other = makeTarball((folder) => rmSync(join(folder, "lib"), { recursive: true }));
    await expect(unpack(other)).rejects.toThrow("has no lib/libtensorflow.so.2");
    writeFileSync(other, readFileSync(other).subarray(0, 60));
    await expect(unpack(other)).rejects.toThrow("cannot be unpacked");
  });

  it("is downloaded where pip gives nothing, and must have the digest known for it", async () => {
    const archive = readFileSync(makeTarball());
    const asked: string[] = [];
    const host = await serve(({ url }, response) => {
      asked.push(url ?? "");
      response.end(archive);
    });
    writeCompiler(join(world, "bin"));
    const base = request(world);
    const PATH = `${base.environment.PATH}:/usr/bin:/bin`;
    const noPython = { ...base.environment, XFERC_LIBTENSORFLOW: `${host}/`, PATH: base.environment.PATH };
    await expect(installTensorflow({ ...base, environment: noPython })).rejects.toThrow(
      `has SHA-256 ${sha256(archive)}, not 605bfcb370c7e7ec981eabada880f60784e3de018395be95c95c3e5592c3d9a2`,
    );
    expect(asked).toEqual(["/versions/2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz"]);
    // What the user vouches for is taken, from a file as well.
    const given = [join(world, "lib.tar.gz")];
    const { installation } = await installTensorflow({
      ...base,
      environment: { ...noPython, PATH },
      given,
      sha256: sha256(archive),
    });
    expect(Object.keys(installation.manifest.files)).toContain("tensorflow/libtensorflow.so.2");
    expect(existsSync(join(installation.folder, "unpacked"))).toBe(false);
  });
});
