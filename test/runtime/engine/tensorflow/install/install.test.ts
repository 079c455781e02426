import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installTensorflow } from "../../../../../src/runtime/engine/tensorflow/install/index.js";
import { listInstallations } from "../../../../../src/runtime/engine/tensorflow/location.js";
import { UsageError } from "../../../../../src/runtime/host/errors.js";
import {
  goodTrial,
  linux,
  newFolder,
  recorder,
  request,
  serveWheel,
  sha256,
  writeCompiler,
  writeProgram,
  writePython,
  writeWheel,
} from "./fakes.js";

let world: string;
let bin: string;
beforeEach(() => {
  world = newFolder();
  bin = join(world, "bin");
  writeCompiler(bin);
});
afterEach(() => rmSync(world, { recursive: true, force: true }));

const root = () => join(world, "engines", "tensorflow");
const hidden = () => (existsSync(root()) ? readdirSync(root()).filter((name) => name.startsWith(".")) : []);
const listed = () => listInstallations({ XFERC_ENGINES: join(world, "engines") });

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UsageError);
  return error instanceof UsageError ? `${error.message}\nhint: ${error.hint}` : "";
}

describe("an installation", () => {
  it("comes from pip's wheel: the two libraries, two addons and a manifest, and nothing besides", async () => {
    writePython(bin, serveWheel(writeWheel(world)));
    const { report, steps, notes } = recorder();
    const { outcome, installation } = await installTensorflow(request(world, { report }));
    expect(outcome).toBe("installed");
    expect(steps).toEqual(["obtain", "unpack", "build", "try", "publish"]);
    expect(notes).toEqual([]);
    expect(installation.folder).toBe(join(root(), "2.21.0-cpu-linux-x64"));
    expect(readdirSync(installation.folder).sort()).toEqual([
      "engine.json",
      "mute.node",
      "tensorflow",
      "tfjs_binding.node",
    ]);
    expect(readdirSync(join(installation.folder, "tensorflow")).sort()).toEqual([
      "libtensorflow_cc.so.2",
      "libtensorflow_framework.so.2",
    ]);
    expect(installation.manifest).toMatchObject({ tensorflow: "2.21.0", cuda: false, platform: "linux-x64", napi: 8 });
    expect(installation.manifest.files["tensorflow/libtensorflow_framework.so.2"]).toEqual({
      bytes: 13,
      sha256: sha256("its framework"),
    });
    expect(installation.manifest.origins).toMatchObject([
      { way: "pip", source: expect.stringMatching(/^tensorflow_cpu/) },
    ]);
    expect(hidden()).toEqual([]);
    expect(await listed()).toMatchObject([{ id: "2.21.0-cpu-linux-x64", problem: null }]);
  });

  it("is compiled from copies of the binding's sources, with the headers they include and no others", async () => {
    const seen = join(world, "headers");
    writeCompiler(bin, `/usr/bin/find "${root()}/.staging" -name '*.h' >> "${seen}"`);
    await installTensorflow(request(world, { given: [writeWheel(world)] }));
    const calls = readFileSync(join(bin, "compiler-calls"), "utf8").split("\n");
    expect(calls.filter((word) => word.endsWith(".cc"))).toHaveLength(3);
    expect(calls.filter((word) => word.endsWith(".cc")).every((word) => word.startsWith(root()))).toBe(true);
    expect(calls).toContain("-DNAPI_VERSION=8");
    expect(calls).toContain("-Wl,-rpath,$ORIGIN/tensorflow");
    const headers = readFileSync(seen, "utf8");
    expect(headers).toContain("tensorflow/c/tf_status.h");
    expect(headers).not.toContain("unrelated.h");
  });

  it("is there already the second time, after its digests were read again", async () => {
    const given = [writeWheel(world)];
    const first = await installTensorflow(request(world, { given }));
    const { report, steps } = recorder();
    const again = await installTensorflow(request(world, { given, report }));
    expect(again).toMatchObject({ outcome: "already", installation: { folder: first.installation.folder } });
    expect(steps).toEqual(["check"]);
  });

  it("is made again when asked, when it was changed, and when a file is gone", async () => {
    const given = [writeWheel(world)];
    const { folder } = (await installTensorflow(request(world, { given }))).installation;
    expect(await installTensorflow(request(world, { given, existing: "replace" }))).toMatchObject({
      outcome: "installed",
    });
    const library = join(folder, "tensorflow", "libtensorflow_framework.so.2");
    writeFileSync(library, "its_framework");
    const changed = recorder();
    expect(await installTensorflow(request(world, { given, report: changed.report }))).toMatchObject({
      outcome: "installed",
    });
    expect(changed.notes).toEqual([`${library} was changed since it was installed; installing again`]);
    expect(readFileSync(library, "utf8")).toBe("its framework");
    rmSync(library);
    const gone = recorder();
    expect(await installTensorflow(request(world, { given, report: gone.report }))).toMatchObject({
      outcome: "installed",
    });
    expect(gone.notes).toEqual([`${folder}: tensorflow/libtensorflow_framework.so.2 is missing`]);
    expect(await listed()).toMatchObject([{ problem: null }]);
    expect(hidden()).toEqual([]);
  });

  it("of another wheel is another installation", async () => {
    await installTensorflow(request(world, { given: [writeWheel(world)] }));
    const tryOut = async () => ({ ...goodTrial, version: "2.20.0" });
    await installTensorflow(request(world, { given: [writeWheel(world, { version: "2.20.0" })], tryOut }));
    expect((await listed()).map(({ id }) => id)).toEqual(["2.20.0-cpu-linux-x64", "2.21.0-cpu-linux-x64"]);
  });

  it("is done once when two want it at a time", async () => {
    writePython(bin, `/bin/sleep 0.3; ${serveWheel(writeWheel(world))}`);
    const both = await Promise.all([installTensorflow(request(world)), installTensorflow(request(world))]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(["already", "installed"]);
    expect(readFileSync(join(bin, "pip-calls"), "utf8").trim().split("\n")).toHaveLength(1);
    expect(hidden()).toEqual([]);
  });

  it("does without the package index where all wheels are given", async () => {
    writePython(bin, "exit 1");
    await installTensorflow(request(world, { given: [writeWheel(world)] }));
    expect(existsSync(join(bin, "pip-calls"))).toBe(false);
  });

  it("says when xferc was not tried with the version", async () => {
    const { report, notes } = recorder();
    await installTensorflow(request(world, { given: [writeWheel(world, { version: "2.30.0" })], report }));
    expect(notes).toEqual(["xferc was tried with TensorFlow >=2.18,<2.22, not with 2.30.0"]);
  });
});

describe("with CUDA", () => {
  const tensorflow = {
    name: "tensorflow",
    requires: [
      "numpy>=1.26",
      'nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
      'nvidia-cudnn-cu12 (<10.0,>=9.3) ; extra == "and-cuda"',
      'tensorflow-io-gcs-filesystem; extra == "gcs-filesystem"',
    ],
  };
  const nvidia = (name: string, library: string) => ({
    name: `nvidia_${name}_cu12`,
    version: "12.5",
    tags: ["py3-none-manylinux2014_x86_64"],
    files: { [`nvidia/${name}/lib/${library}`]: `${name} code`, [`nvidia/${name}/include/${name}.h`]: "header" },
  });

  it("NVIDIA's libraries lie where TensorFlow looks for them; those not given are fetched", async () => {
    const cublas = writeWheel(world, nvidia("cublas", "libcublas.so.12"));
    const cudnn = writeWheel(world, nvidia("cudnn", "libcudnn_ops.so.9"));
    writePython(bin, serveWheel(cudnn));
    const given = [cublas, writeWheel(world, tensorflow)];
    const { installation } = await installTensorflow(request(world, { variant: "cuda", given }));
    expect(readFileSync(join(bin, "pip-calls"), "utf8")).toMatch(/ nvidia-cudnn-cu12<10\.0,>=9\.3\n$/);
    expect(Object.keys(installation.manifest.files)).toEqual([
      "mute.node",
      "nvidia/cublas/lib/libcublas.so.12",
      "nvidia/cudnn/lib/libcudnn_ops.so.9",
      "tensorflow/libtensorflow_cc.so.2",
      "tensorflow/libtensorflow_framework.so.2",
      "tfjs_binding.node",
    ]);
    const link = join(installation.folder, "tensorflow", "libcublas.so.12");
    expect(readlinkSync(link)).toBe("../nvidia/cublas/lib/libcublas.so.12");
    expect(readFileSync(link, "utf8")).toBe("cublas code");
    expect(installation).toMatchObject({ id: "2.21.0-cuda-linux-x64", manifest: { cuda: true } });
    expect(installation.manifest.origins.map(({ way }) => way)).toEqual(["file", "file", "pip"]);
  });

  it("the wheels to be fetched elsewhere are named where pip cannot", async () => {
    writePython(bin, 'echo "ERROR: Could not find a version that satisfies it" >&2; exit 1');
    const told = await failure(
      installTensorflow(request(world, { variant: "cuda", given: [writeWheel(world, tensorflow)] })),
    );
    expect(told).toContain("NVIDIA's libraries could not be had");
    expect(told).toContain("'nvidia-cublas-cu12<13.0,>=12.5.3.2' 'nvidia-cudnn-cu12<10.0,>=9.3'");
    expect(told).toContain("xferc engine install tensorflow --cuda --wheel FILE.whl");
  });

  it.each([
    ["--cuda with the CPU's wheel", "cuda", "tensorflow_cpu", "this is the CPU build: leave --cuda out"],
    ["no --cuda with the GPU's wheel", "cpu", "tensorflow", "this is the CUDA build: add --cuda"],
  ] as const)("%s is a mistake that is named", async (_, variant, name, hint) => {
    const given = [writeWheel(world, { name })];
    expect(await failure(installTensorflow(request(world, { variant, given })))).toContain(hint);
  });
});

describe("what is missing is said with the command that helps:", () => {
  it("no compiler, before anything is downloaded", async () => {
    rmSync(join(bin, "c++"));
    writePython(bin, "exit 1");
    const told = await failure(installTensorflow(request(world)));
    expect(told).toContain("the binding needs a C++ compiler, and none of c++, g++ and clang++ works");
    expect(told).toMatch(/hint: (sudo|xcode-select)/);
    expect(existsSync(join(bin, "pip-calls"))).toBe(false);
  });

  it("a CXX that is none", async () => {
    const { environment } = request(world);
    const told = await failure(
      installTensorflow(request(world, { environment: { ...environment, CXX: "nvcc-14 -q" } })),
    );
    expect(told).toContain("CXX=nvcc-14 -q does not work");
  });

  it("no Python and no network: every way that was tried, and how to do it by hand", async () => {
    const told = await failure(installTensorflow(request(world)));
    expect(told).toContain("TensorFlow could not be had; this was tried:");
    expect(told).toContain("there is no Python here");
    expect(told).toContain("curl -LO http://127.0.0.1:9/versions/2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz");
    expect(told).toContain("--platform manylinux_2_27_x86_64");
    expect(told).toContain("'tensorflow-cpu>=2.18,<2.22'\nand here, with every file it gave");
    expect(told).toContain("xferc engine install tensorflow --wheel FILE.whl");
    expect(await listed()).toEqual([]);
  });

  it("a Python without pip", async () => {
    writeProgram(bin, "python3", 'echo "/usr/bin/python3: No module named pip" >&2; exit 1');
    expect(await failure(installTensorflow(request(world)))).toContain("No module named pip");
  });

  it("a binding that does not compile: the first error, and where the rest is", async () => {
    writeCompiler(
      bin,
      'echo "x.cc:1: warning: hm" >&2; echo "x.cc:2:9: fatal error: cstring: No such file" >&2; exit 1',
    );
    const told = await failure(installTensorflow(request(world, { given: [writeWheel(world)] })));
    expect(told).toContain("the binding does not compile: x.cc:2:9: fatal error: cstring: No such file");
    const log = join(root(), "build.log");
    expect(told).toContain(log);
    expect(readFileSync(log, "utf8")).toContain("warning: hm");
    expect(hidden()).toEqual([]);
  });

  it("a trial that fails publishes nothing", async () => {
    const tryOut = async () => Promise.reject(new UsageError("TensorFlow does not work on this machine (SIGILL)"));
    await failure(installTensorflow(request(world, { given: [writeWheel(world)], tryOut })));
    expect(await listed()).toEqual([]);
  });

  it("a folder that cannot be written", async () => {
    writeFileSync(join(world, "file"), "");
    const environment = { ...request(world).environment, XFERC_ENGINES: join(world, "file", "engines") };
    const told = await failure(installTensorflow(request(world, { environment })));
    expect(told).toContain("nothing can be written here\nhint: set XFERC_ENGINES to a folder elsewhere");
  });

  it("a system TensorFlow is not built for", async () => {
    const machine = { platform: "linux", arch: "x64", glibc: null } as const;
    expect(await failure(installTensorflow(request(world, { machine })))).toContain("need glibc");
  });
});

describe("files that are not what they should be:", () => {
  it.each([
    ["another system's wheel", { tags: ["cp311-cp311-win_amd64"] }, "it is built for Windows"],
    ["another architecture's wheel", { tags: ["cp311-cp311-manylinux_2_27_aarch64"] }, "it is built for aarch64"],
    ["another package's wheel", { name: "torch" }, "is a wheel of torch, not of tensorflow-cpu"],
    [
      "a wheel without the library",
      { files: { "tensorflow/__init__.py": "" } },
      "has no tensorflow/libtensorflow_cc.so.2",
    ],
    [
      "a wheel whose digests are not its files'",
      { record: (lines: readonly string[]) => lines.map((line) => line.replace(/sha256=..../, "sha256=AAAA")) },
      "is damaged: tensorflow/",
    ],
    ["a wheel that lists no digests", { record: () => [] }, "its RECORD has no digest"],
  ])("%s", async (_, options, sentence) => {
    const given = [writeWheel(world, options)];
    expect(await failure(installTensorflow(request(world, { given })))).toContain(sentence);
    expect(await listed()).toEqual([]);
  });

  it("a wheel that was cut short, and a file that is no archive at all", async () => {
    const whole = writeWheel(world);
    const bytes = readFileSync(whole);
    writeFileSync(whole, bytes.subarray(0, bytes.length / 2));
    expect(await failure(installTensorflow(request(world, { given: [whole] })))).toContain("is no whole wheel");
    const page = join(world, "wheel.whl");
    writeFileSync(page, "<html>please log in</html>");
    expect(await failure(installTensorflow(request(world, { given: [page] })))).toContain("is neither a wheel nor");
  });

  it("a digest the user asked for", async () => {
    const given = [writeWheel(world)];
    const wanted = "0".repeat(64);
    const told = await failure(installTensorflow(request(world, { given, sha256: wanted })));
    expect(told).toContain(`has SHA-256 ${sha256(readFileSync(given[0] ?? ""))}, not ${wanted}`);
    const right = sha256(readFileSync(given[0] ?? "")).toUpperCase();
    expect(await installTensorflow(request(world, { given, sha256: right }))).toMatchObject({ outcome: "installed" });
  });

  it("two wheels of TensorFlow", async () => {
    const given = [writeWheel(world), writeWheel(world, { version: "2.20.0" })];
    expect(await failure(installTensorflow(request(world, { given })))).toContain("is given more than once");
  });
});

describe("an interruption", () => {
  it("while pip runs ends pip, publishes nothing, and lets the next call through at once", async () => {
    writePython(bin, `echo started > "${world}/started"; exec /bin/sleep 30`);
    const controller = new AbortController();
    const going = installTensorflow(request(world, { signal: controller.signal }));
    const caught = going.catch((error: unknown) => error);
    while (!existsSync(join(world, "started"))) await new Promise((done) => setTimeout(done, 10));
    controller.abort(new Error("stop"));
    expect(await caught).toEqual(new Error("stop"));
    expect(await listed()).toEqual([]);
    expect(existsSync(join(root(), ".lock"))).toBe(false);
    writePython(bin, serveWheel(writeWheel(world)));
    expect(await installTensorflow(request(world))).toMatchObject({ outcome: "installed" });
  });

  it("after the download keeps the wheel, and what a killed process left in its staging folder goes", async () => {
    writePython(bin, serveWheel(writeWheel(world)));
    const controller = new AbortController();
    const tryOut = async () => {
      controller.abort(new Error("stop"));
      return Promise.reject(controller.signal.reason);
    };
    await expect(installTensorflow(request(world, { signal: controller.signal, tryOut }))).rejects.toThrow("stop");
    expect(readdirSync(join(root(), ".downloads"))).toEqual([expect.stringMatching(/^tensorflow_cpu.*whl$/)]);
    mkdirSync(join(root(), ".staging", "dead"), { recursive: true });
    expect(await installTensorflow(request(world, { machine: linux }))).toMatchObject({ outcome: "installed" });
    expect(hidden()).toEqual([]);
  });
});
