/**
 * Loaded before the command (`node --import`): makes its process believe that it runs on another host, by name and by its
 * space of process numbers, with a clock of its own. What no process can be told, tests cannot find out about hosts.
 */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

const { PRETEND_HOST: host, PRETEND_CLOCK: clock } = process.env;

if (host !== undefined) {
  os.hostname = () => host;
  const { readlinkSync } = fs;
  fs.readlinkSync = (path, ...rest) => (path === "/proc/self/ns/pid" ? `pid:[${host}]` : readlinkSync(path, ...rest));
}

if (clock !== undefined) {
  const Real = Date;
  // `wild`: another time, within a day or so, whenever someone looks.
  const off = () => (clock === "wild" ? (Math.random() - 0.5) * 2e8 : Number(clock));
  globalThis.Date = class extends Real {
    constructor(...parts) {
      if (parts.length === 0) super(Real.now() + off());
      else super(...parts);
    }
    static now() {
      return Real.now() + off();
    }
  };
}

syncBuiltinESMExports();
