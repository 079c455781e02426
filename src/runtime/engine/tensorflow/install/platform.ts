/** What TensorFlow is built for, under which names, and how tools are installed here. */

import { readFileSync } from "node:fs";
import { UsageError } from "../../../host/errors.js";

export type Variant = "cpu" | "cuda";

export interface Platform {
  /** Node's names, for example `linux-x64`. */
  readonly name: string;
  readonly family: "linux" | "darwin";
  /** PyPI's package of each variant there is. */
  readonly packages: { readonly cpu: string; readonly cuda?: string };
  /** Architectures as wheels call them. */
  readonly architectures: readonly string[];
  /** Platform tags to ask pip for where this machine's Python is too new or too old for TensorFlow. */
  readonly tags: readonly string[];
  /** In a wheel, relative to `tensorflow/`. */
  readonly libraries: readonly string[];
  /** The official C library, where one is published. */
  readonly tarballs: { readonly [variant in Variant]?: Tarball };
}

export interface Tarball {
  readonly file: string;
  readonly sha256: string;
}

/** The newest official C library; wheels are newer. */
export const TARBALL_VERSION = "2.18.0";
/** What the binding and the graphs were tried with. The lower end is where wheels for CUDA 12.5 begin. */
export const VERSION_RANGE = ">=2.18,<2.22";

const linuxLibraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

const PLATFORMS: readonly Platform[] = [
  {
    name: "linux-x64",
    family: "linux",
    packages: { cpu: "tensorflow-cpu", cuda: "tensorflow" },
    architectures: ["x86_64"],
    tags: ["manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    libraries: linuxLibraries,
    tarballs: {
      cpu: {
        file: "libtensorflow-cpu-linux-x86_64.tar.gz",
        sha256: "605bfcb370c7e7ec981eabada880f60784e3de018395be95c95c3e5592c3d9a2",
      },
      cuda: {
        file: "libtensorflow-gpu-linux-x86_64.tar.gz",
        sha256: "6ca25aae03548cf76f6f68f00bdf53ec39710f08cee23bf6419b9e6e27feca5c",
      },
    },
  },
  {
    name: "linux-arm64",
    family: "linux",
    packages: { cpu: "tensorflow" },
    architectures: ["aarch64"],
    tags: ["manylinux_2_27_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"],
    libraries: linuxLibraries,
    tarballs: {},
  },
  {
    name: "darwin-arm64",
    family: "darwin",
    packages: { cpu: "tensorflow" },
    architectures: ["arm64", "universal2"],
    tags: ["macosx_12_0_arm64"],
    libraries: ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"],
    tarballs: {
      cpu: {
        file: "libtensorflow-cpu-darwin-arm64.tar.gz",
        sha256: "462257d2792730dcb131fcf21bc826192ae5a2c418535f6347d051f10fc8be8a",
      },
    },
  },
];

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** glibc's version; null on Linux means another C library. */
  readonly glibc: string | null;
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: process.platform === "linux" ? glibcVersion() : null,
  };
}

function glibcVersion(): string | null {
  const report: unknown = process.report.getReport();
  if (typeof report !== "object" || report === null || !("header" in report)) return null;
  const { header } = report;
  if (typeof header !== "object" || header === null || !("glibcVersionRuntime" in header)) return null;
  return typeof header.glibcVersionRuntime === "string" ? header.glibcVersionRuntime : null;
}

/** @throws UsageError where TensorFlow has no build, or none with CUDA. */
export function choosePlatform(machine: Machine, variant: Variant): Platform {
  const name = `${machine.platform}-${machine.arch}`;
  if (machine.platform === "win32") {
    throw new UsageError(
      "TensorFlow publishes no C library with current versions for Windows",
      "use WSL 2 (`wsl --install`) and install xferc there; the onnx engine works on Windows as it is",
    );
  }
  const platform = PLATFORMS.find((one) => one.name === name);
  if (platform === undefined) {
    const known = PLATFORMS.map((one) => one.name).join(", ");
    throw new UsageError(`TensorFlow has no build for ${name} (there is ${known})`, "use the onnx engine");
  }
  if (platform.family === "linux" && machine.glibc === null) {
    throw new UsageError(
      "TensorFlow's builds for Linux need glibc; this system has another C library (musl?)",
      "use the onnx engine, or a container of Debian, Ubuntu or Fedora instead of Alpine",
    );
  }
  if (variant === "cuda" && platform.packages.cuda === undefined) {
    throw new UsageError(`TensorFlow has no CUDA build for ${name}`, "leave --cuda out");
  }
  return platform;
}

export type Tool = "compiler" | "pip" | "tar";

const INSTALLED_BY: readonly {
  readonly systems: readonly string[];
  readonly command: string;
  readonly tools: Record<Tool, string>;
}[] = [
  {
    systems: ["debian", "ubuntu"],
    command: "sudo apt-get install --no-install-recommends",
    tools: { compiler: "g++", pip: "python3-pip", tar: "tar" },
  },
  {
    systems: ["fedora", "rhel", "centos"],
    command: "sudo dnf install",
    tools: { compiler: "gcc-c++", pip: "python3-pip", tar: "tar" },
  },
  {
    systems: ["suse", "opensuse"],
    command: "sudo zypper install",
    tools: { compiler: "gcc-c++", pip: "python3-pip", tar: "tar" },
  },
  { systems: ["arch"], command: "sudo pacman -S", tools: { compiler: "gcc", pip: "python-pip", tar: "tar" } },
];

/** The command that installs a tool here. */
export function howToInstall(tool: Tool, family: Platform["family"], osRelease: string = readOsRelease()): string {
  if (family === "darwin") return "xcode-select --install";
  const names = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) =>
    (match[1] ?? "").split(" "),
  );
  const system = INSTALLED_BY.find(({ systems }) => names.some((name) => systems.includes(name)));
  if (system !== undefined) return `${system.command} ${system.tools[tool]}`;
  return INSTALLED_BY.slice(0, 2)
    .map(({ command, tools }) => `${command} ${tools[tool]}`)
    .join(" (Debian, Ubuntu) or ");
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
