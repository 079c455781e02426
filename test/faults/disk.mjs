/**
 * Loaded before the command (`node --import`) into it and its workers: counts the changes each of them makes to files
 * below a folder, and lets one of them go wrong. The environment says what:
 *
 *   FAULT_BELOW  the folder
 *   FAULT_ROLE   command, worker or thread: where it happens
 *   FAULT_AT     at which change, from 1; 0 for never
 *   FAULT_KIND   kill (before the change), half (kill in the middle of a write), or an error code; `CODE+` from then on
 *   FAULT_COUNT  a file to which each process adds its role and its number of changes when it ends
 */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const { FAULT_BELOW: below = "", FAULT_ROLE: wanted, FAULT_KIND: kind = "", FAULT_COUNT: counts } = process.env;
const at = Number(process.env.FAULT_AT ?? 0);
const role = !isMainThread ? "thread" : process.argv[1]?.endsWith("main.js") ? "command" : "worker";
const real = { ...fs, promises: { ...fs.promises } };

let changes = 0;

/** @returns an error to fail with, `half` to write half and die, or undefined. Does not return where the process is killed. */
function next(path) {
  if (typeof path !== "string" || !path.startsWith(below) || below === "") return undefined;
  changes += 1;
  if (role !== wanted || at === 0) return undefined;
  if (kind.endsWith("+") ? changes < at : changes !== at) return undefined;
  if (kind === "kill") process.kill(process.pid, "SIGKILL");
  if (kind === "half") return "half";
  const code = kind.replace("+", "");
  return Object.assign(new Error(`${code}: injected, '${path}'`), { code, errno: -1, syscall: "fault", path });
}

const die = () => process.kill(process.pid, "SIGKILL");
const half = (data) => (typeof data === "string" ? Buffer.from(data) : data).subarray(0, Math.floor(data.length / 2));
const writes = (flags) => (typeof flags === "string" ? /[wa+]/.test(flags) : Number(flags ?? 0) !== 0);
const paths = new Map();

// What changes names: (path) or (from, to).
for (const name of ["link", "rename", "mkdir", "rm", "unlink"]) {
  const target = name === "link" || name === "rename" ? 1 : 0;
  fs[`${name}Sync`] = (...args) => {
    const fault = next(args[target]);
    if (fault === "half") die();
    if (fault !== undefined) throw fault;
    return real[`${name}Sync`](...args);
  };
  fs.promises[name] = async (...args) => {
    const fault = next(args[target]);
    if (fault === "half") die();
    if (fault !== undefined) throw fault;
    return real.promises[name](...args);
  };
}

// What writes whole files.
for (const name of ["writeFile", "appendFile"]) {
  const written = (path, data, fault, how) => {
    if (fault === "half") {
      how(path, half(data));
      die();
    }
    if (fault !== undefined) throw fault;
  };
  fs[`${name}Sync`] = (path, data, ...rest) => {
    written(path, data, next(typeof path === "number" ? paths.get(path) : path), real[`${name}Sync`]);
    return real[`${name}Sync`](path, data, ...rest);
  };
  fs.promises[name] = async (path, data, ...rest) => {
    written(path, data, next(path), real[`${name}Sync`]);
    return real.promises[name](path, data, ...rest);
  };
}

// What goes through file descriptors and handles.
fs.openSync = (path, flags, ...rest) => {
  const file = real.openSync(path, flags, ...rest);
  if (writes(flags)) paths.set(file, path);
  return file;
};
fs.open = (path, flags, ...rest) => {
  const done = rest.at(-1);
  return real.open(path, flags, ...rest.slice(0, -1), (error, file) => {
    if (error === null && writes(flags)) paths.set(file, path);
    done(error, file);
  });
};
fs.writeSync = (file, data, ...rest) => {
  const fault = next(paths.get(file));
  if (fault === "half") {
    real.writeSync(file, half(data));
    die();
  }
  if (fault !== undefined) throw fault;
  return real.writeSync(file, data, ...rest);
};
for (const name of ["write", "writev"]) {
  fs[name] = (file, data, ...rest) => {
    const fault = next(paths.get(file));
    if (fault === "half") {
      if (name === "write") real.writeSync(file, half(data));
      die();
    }
    if (fault !== undefined) return process.nextTick(rest.at(-1), fault);
    return real[name](file, data, ...rest);
  };
}
for (const name of ["fsyncSync", "fdatasyncSync"]) {
  fs[name] = (file) => {
    const fault = next(paths.get(file));
    if (fault === "half") die();
    if (fault !== undefined) throw fault;
    return real[name](file);
  };
}
fs.promises.open = async (path, flags, ...rest) => {
  const handle = await real.promises.open(path, flags, ...rest);
  const [writeFile, sync] = [handle.writeFile.bind(handle), handle.sync.bind(handle)];
  handle.writeFile = async (data, ...more) => {
    const fault = next(path);
    if (fault === "half") {
      await writeFile(half(data));
      die();
    }
    if (fault !== undefined) throw fault;
    return writeFile(data, ...more);
  };
  handle.sync = async () => {
    const fault = next(path);
    if (fault === "half") die();
    if (fault !== undefined) throw fault;
    return sync();
  };
  return handle;
};

syncBuiltinESMExports();

if (counts !== undefined) process.on("exit", () => real.appendFileSync(counts, `${role} ${changes}\n`));
