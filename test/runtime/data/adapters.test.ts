/** A golden an adapter of what `xferc data --format json` says of a faithful tree. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import { DataError, dataReport, datasetFacts, MemoDigests } from "../../../src/runtime/data/index.js";
import { LAYOUTS } from "./layouts.js";
import { declared, newTree } from "./trees.js";

describe("every layout, as it is downloaded", () => {
  it("has a tree an adapter", () => {
    const adapters = Object.values(LAYOUTS).map(({ adapter }) => adapter.replace("medmnist", "npz"));
    expect([...new Set(adapters)].sort()).toEqual(
      entries("dataset")
        .map(({ id }) => id)
        .sort(),
    );
  });

  it.each(Object.entries(LAYOUTS))("%s", async (name, { adapter, params, split, build }) => {
    const tree = await newTree();
    try {
      await build(tree);
      const spec = declared(adapter, params, split);
      const report = await dataReport(spec, tree.root, { size: 8 });
      const file = join(import.meta.dirname, "golden/adapters", `${name.replaceAll(/\W+/g, "-")}.json`);
      // HDF5 files hold the time they were written
      const stamped = ["hdf5", "patchcamelyon"].includes(adapter)
        ? { ...report, fingerprint: "of that moment" }
        : report;
      await expect(`${JSON.stringify(stamped, null, 2)}\n`).toMatchFileSnapshot(file);
      // whatever is refused there is refused before a run, and nothing else is
      const fact = await datasetFacts(spec, tree.root, new MemoDigests());
      if (report.refused.length > 0) expect(fact.status).toBe("problem");
      else expect(fact).toMatchObject({ status: "known", facts: { fingerprint: report.fingerprint } });
    } finally {
      await tree.remove();
    }
  });

  it.each(entries("dataset").map(({ id }) => id))("%s: an empty folder, a file in its place and none", async (id) => {
    const tree = await newTree();
    try {
      const params = { image_csv: { image: "x", label: "y" } }[id] ?? {};
      const spec = declared(id, params);
      await expect(dataReport(spec, tree.root)).rejects.toBeInstanceOf(DataError);
      expect(await datasetFacts(spec, tree.root)).toMatchObject({ status: "problem" });
      expect(await datasetFacts(spec, join(tree.root, "gone"))).toMatchObject({ status: "unknown" });
      await tree.put("file", "x");
      expect(await datasetFacts(spec, join(tree.root, "file"))).toMatchObject({ status: "problem" });
    } finally {
      await tree.remove();
    }
  });
});
