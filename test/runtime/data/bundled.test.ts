import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { dataReport, datasetFacts, MemoDigests } from "../../../src/runtime/data/index.js";
import { channelStatistics, indexDataset, prepareSplit, statisticsOf } from "../../../src/runtime/data/prepare.js";

const DATA = resolve(import.meta.dirname, "../../../studies/data");
const spec = (name: string) => ({
  name,
  adapter: { id: "idx", version: 1, params: {} },
  split: { kind: "official" } as const,
});
const COUNTS = {
  "fashion-mnist": [10, 6000, 1000, 1000],
  digits: [10, 4000, 500, 500],
  "digits-few": [10, 100, 100, 500],
  brain: [8, 480, 160, 480],
} as const;

describe("the bundled data", () => {
  it.each(Object.entries(COUNTS))(
    "%s has the images its page says, balanced",
    async (name, [classes, train, val, test]) => {
      const fact = await datasetFacts(spec(name), join(DATA, name));
      if (fact.status !== "known") throw new Error(JSON.stringify(fact));
      expect(fact.facts).toMatchObject({ task: "multiclass", channels: 1 });
      expect(fact.facts.classes).toHaveLength(classes);
      const even = (images: number) => ({ images, perClass: new Array<number>(classes).fill(images / classes) });
      expect(fact.facts.splits).toEqual({ train: even(train), val: even(val), test: even(test) });
      expect(fact.facts.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it.each(["digits-few", "brain"])("%s has no image on two sides of a split", async (name) => {
    const report = await dataReport(spec(name), join(DATA, name));
    expect(report.duplicates.filter(({ across }) => across)).toEqual([]);
    expect(report.rejected).toEqual([]);
  });

  it("is prepared at a model's size, with statistics of the training images", async () => {
    const root = join(DATA, "digits-few");
    const digests = new MemoDigests();
    const fact = await datasetFacts(spec("digits"), root, digests);
    if (fact.status !== "known") throw new Error("no digits");
    const { fingerprint } = fact.facts;
    const { adapter, split } = spec("digits");
    const index = await indexDataset({ adapter, fingerprint, split, stream: null }, root, digests);
    const request = { index, source: { root, adapter, digests }, size: 28, channels: 1 };
    const train = await prepareSplit({ ...request, split: "train" });
    expect(train.shards.map((shard) => shard.length)).toEqual([100 * 784]);
    expect([...train.labels.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(train.ids.slice(0, 2)).toEqual(["train/0", "train/1"]);
    expect(await channelStatistics(request)).toEqual(statisticsOf(train, 28, 1));
    await expect(indexDataset({ adapter, fingerprint: "old", split, stream: null }, root, digests)).rejects.toThrow(
      /changed after the study was planned; run it again/,
    );
  });

  it("is unknown where the folder is not", async () => {
    const fact = await datasetFacts(spec("x"), join(DATA, "nowhere"));
    expect(fact).toEqual({ status: "unknown", reason: "the folder is not here; say where it is with --data NAME=DIR" });
  });
});
