import { describe, expect, test } from "vitest";
import type { Choice } from "../../../src/catalog/types.js";
import type { DatasetFacts, WeightsFacts } from "../../../src/compiler/host.js";
import { explainNode } from "../../../src/compiler/plan/explain/index.js";
import { NO_FACTS } from "../../../src/compiler/plan/facts.js";
import { modelSpec } from "../../../src/compiler/plan/lower/models.js";
import type {
  Cell,
  DatasetSpec,
  InitSpec,
  ModelChoice,
  ProbeSpec,
  RecipeSpec,
  SourceSpec,
  WeightsSpec,
} from "../../../src/compiler/study.js";
import { presets } from "../../../src/models/presets.js";
import { traceModel } from "../../../src/models/trace.js";
import {
  BUNDLED,
  type CellOptions,
  CLOTHES,
  cell,
  choice,
  DIGITS,
  dataset,
  datasetFacts,
  experiment,
  FINETUNE,
  factsFor,
  glob,
  init,
  knn,
  nodesOf,
  planOf,
  quickstart,
  RANDOM,
  RESNET,
  REST,
  rule,
  STATS,
  score,
  somewhere,
  study,
  TRANSFER,
  units,
  VIT,
  WT,
} from "./fixture.js";

function problemsOf(cells: readonly CellOptions[], known: { readonly [name: string]: DatasetFacts } = BUNDLED) {
  const of = study([
    experiment(
      "main",
      cells.map((options) => cell({ probes: (own) => [score(own)], ...options })),
    ),
  ]);
  return planOf(of, factsFor(of, known)).diagnostics.map(({ name, message, label, note, hint, location }) => ({
    name,
    text: [message, label, note, hint].filter((part) => part !== undefined).join(" | "),
    location,
  }));
}
const recipe = (more: Partial<RecipeSpec>): RecipeSpec => ({ ...FINETUNE, ...more });
const withDigits = (facts: DatasetFacts) => ({ ...BUNDLED, "digits-few": facts });

describe("training", () => {
  test("XF0431: epochs of a split smaller than a batch are no steps", () => {
    const train = [recipe({ batch: 64, duration: { value: 50, unit: "epochs" } })];
    const [problem, ...others] = problemsOf([{ train }], withDigits(datasetFacts("aptos", 26, 500, 1000)));
    expect(others).toEqual([]);
    expect(problem?.name).toBe("no-training-steps");
    expect(problem?.text).toBe(
      "this cell would train for 0 steps | digits-few train is 26 images; a batch is 64 and the last partial one is dropped | batch 16 in this recipe, `drop_last no`, or a training split of at least 64 images (1 step an epoch).",
    );
    expect(problem?.location).toBe(train[0]?.location);
    const kept = [recipe({ batch: 64, dropLast: false, duration: { value: 50, unit: "epochs" } })];
    expect(problemsOf([{ train: kept }], withDigits(datasetFacts("aptos", 26, 500, 1000)))).toEqual([]);
  });

  test("XF0432: steps without a single whole batch", () => {
    const [problem] = problemsOf([{ train: [recipe({ batch: 128 })] }]);
    expect(problem?.text).toContain("a batch of 128 is larger than the whole training split of `digits-few`");
    expect(problem?.text).toContain("100 training images");
  });

  test("XF0442: selecting on a split that is not there, listing those that are", () => {
    const facts = datasetFacts("digits", 100, 0, 1000);
    const [problem] = problemsOf([{}], withDigits(facts));
    expect(problem?.text).toContain(
      "`digits-few` has no val split | needs digits-few.val | It has train (100 images), test (1000 images).",
    );
    const last = [recipe({ select: { kind: "last", every: { value: 30, unit: "steps" } } })];
    expect(problemsOf([{ train: last }], withDigits(facts))).toEqual([]);
  });

  test("XF0720: augmentations that do not fit, once, where they are written", () => {
    const augmentAt = { ...FINETUNE.location, path: "augment.xfer" };
    const of = (id: string, params: Choice["params"], more: Partial<RecipeSpec> = {}) => {
      const train = [recipe({ augment: [{ id, version: 1, params }], augmentAt, ...more })];
      const problems = problemsOf([1, 2].map((repeat) => ({ repeat, train })));
      expect(problems.length).toBeLessThan(2);
      if (problems[0]) expect(problems[0].location).toEqual(augmentAt);
      return problems[0]?.text;
    };
    const start = (id: string) => `\`augment ${id}\` of \`finetune\` does not fit what it is given | `;
    expect(of("crop", { size: 27 })).toBe(
      `${start("crop")}gives 27 px, and the model takes 28 px | write \`crop(28 px)\`, or give the model another \`size\`.`,
    );
    expect(of("rotate", { degrees: 5, fill: [0, 0.5, 1] })).toBe(
      `${start("rotate")}\`fill\` has 3 numbers, and the images have 1 channel | give one number, or one for each channel.`,
    );
    expect(of("erase", { value: [0, 1] })).toContain("`value` has 2 numbers");
    expect(of("blur", { kernel_size: 57 })).toBe(
      `${start("blur")}its kernel of 57 px is too wide for images of 28 px | write a \`kernel_size\` of at most 55 px.`,
    );
    for (const fits of [{ kernel_size: 55 }, { kernel_size: 3 }]) expect(of("blur", fits)).toBeUndefined();
    expect(of("erase", { value: [0.5] })).toBeUndefined();
    expect(of("erase", { value: "random" })).toBeUndefined();
    expect(of("blur", { kernel_size: 57 }, { resize: 32 })).toBeUndefined();
  });

  test("a problem of a recipe is told once, however many cells have it", () => {
    const train = [recipe({ batch: 128 })];
    expect(problemsOf([1, 2, 3, 4, 5].map((repeat) => ({ repeat, train }))).length).toBe(1);
  });
});

describe("measuring", () => {
  test("XF0433: a metric the task cannot have, and those it can", () => {
    const facts: DatasetFacts = { ...datasetFacts("chexpert", 100, 500, 1000), task: "multilabel" };
    const [problem] = problemsOf([{}], withDigits(facts));
    expect(problem?.name).toBe("metric-task-mismatch");
    expect(problem?.text).toContain("`top1` is for multiclass and binary tasks; `digits-few` is multilabel");
    expect(problem?.text).toContain("`roc_auc`");
  });

  test("XF0441: more neighbours than the bank holds", () => {
    const [problem] = problemsOf([{ probes: (own) => [knn(own, 200)] }]);
    expect(problem?.text).toContain(
      "k-NN with k = 200 needs more neighbours than its bank holds | the train split of `digits-few` has 100 images",
    );
  });
});

describe("the history of training", () => {
  const speed = (params: { readonly [name: string]: string | number }) => ({
    probes: (own: Cell): readonly ProbeSpec[] => [
      {
        ...score(own),
        measure: "speed",
        probe: { id: "steps_to", version: 1, params: { share_of_best: 0.95, ...params } },
        on: "val",
      },
    ],
  });

  test("XF0452: of another metric or split than the checks'", () => {
    const [metric] = problemsOf([speed({ metric: "roc_auc" })]);
    expect(metric?.text).toBe(
      "`steps_to` reads the checks of training, and those of `finetune` measure `top1` on val | asks for `roc_auc` on val | A check measures the metric and split that the recipe selects by; no other curve is kept. | leave `metric:` and `on:` out, or write `select best(roc_auc, on: val) every …` in the recipe.",
    );
    const [split] = problemsOf([speed({ on: "test" })]);
    expect(split?.text).toContain("asks for `top1` on test");
  });

  test("said as it is, or not said at all, is fine", () => {
    expect(problemsOf([speed({ metric: "target.metric", on: "val" })])).toEqual([]);
    expect(problemsOf([speed({})])).toEqual([]);
  });

  test("a recipe that selects by nothing, without a val split, has none", () => {
    const train = [recipe({ select: { kind: "last", every: { value: 30, unit: "steps" } } })];
    const [problem] = problemsOf([{ train, ...speed({}) }], withDigits(datasetFacts("digits", 100, 0, 1000)));
    expect(problem?.text).toContain("those of `finetune` measure only the loss");
  });
});

describe("states", () => {
  test("XF0448: of another family cannot be compared", () => {
    const other = cell({ model: VIT, experiment: "other", probes: () => [] });
    const alike = (own: Cell): ProbeSpec => ({
      ...score(own),
      measure: "alike",
      probe: { id: "cka", version: 1, params: {} },
      states: [
        { kind: "cell", cell: own, moment: { kind: "selected" } },
        { kind: "cell", cell: other, moment: { kind: "selected" } },
      ],
    });
    const [problem, ...others] = problemsOf([{ model: RESNET, probes: (own) => [alike(own)] }]);
    expect(others).toEqual([]);
    expect(problem?.name).toBe("states-differ");
    expect(problem?.text).toBe(
      "`alike` compares states of different models | main[]#1 (resnet_s) and other[]#1 (vit_s) | compare states of one model; slice or vary `model` on both sides alike.",
    );
  });

  test("XF0446: a checkpoint that no `keep:` names", () => {
    const { value, unit } = { value: 3, unit: "epochs" } as const;
    const source: SourceSpec = { ...CLOTHES, at: { kind: "checkpoint", at: { value, unit } } } as SourceSpec;
    const [problem, ...others] = problemsOf([1, 2].map((repeat) => ({ source, init: WT, repeat })));
    expect(others).toEqual([]);
    expect(problem?.name).toBe("checkpoint-not-kept");
    expect(problem?.text).toBe("`clothes` keeps no checkpoint at 3 epochs | It keeps none. | add it to `keep:`.");
  });
});

describe("models", () => {
  test("XF0440: a patch that does not tile the image", () => {
    const family = { ...VIT.family, params: { ...VIT.family.params, size: 30 } };
    const [problem] = problemsOf([{ model: { ...VIT, family } }]);
    expect(problem?.text).toBe(
      "patches of 7 px do not tile an image of 30 px | 30 is no multiple of 7 | size 28 px or 35 px, or another patch.",
    );
  });

  test("XF0445: what the family itself refuses", () => {
    const family = { ...VIT.family, params: { ...VIT.family.params, dim: 63 } };
    const [problem] = problemsOf([{ model: { ...VIT, family } }]);
    expect(problem?.name).toBe("model-impossible");
  });
});

describe("init rules", () => {
  const both = (start: InitSpec) => [
    { model: RESNET, init: start },
    { model: VIT, init: start },
  ];

  test("XF0436: a rule that matches nothing of some model, with the counts", () => {
    const start = init("attention", [rule([glob("blocks.*.attn.**")], TRANSFER), rule([REST], STATS)]);
    const [problem, ...others] = problemsOf(both(start));
    expect(others).toEqual([]);
    expect(problem?.name).toBe("rule-matches-nothing");
    expect(problem?.text).toContain("matches no tensor of resnet_s");
    expect(problem?.text).toContain("resnet_s 0 of 56, vit_s 16 of 56");
  });

  test("empty at one point of an axis is fine, empty at all is not", () => {
    const place = somewhere();
    const at = (n: number) => init("X", [{ ...rule([units(1, n)], TRANSFER), location: place }, rule([REST], STATS)]);
    expect(problemsOf([{ init: at(0) }, { init: at(2) }])).toEqual([]);
    expect(problemsOf([{ init: at(0) }])).toEqual([]);
  });

  test("XF0437: a rule that earlier ones shadow wholly", () => {
    const start = init("shadowed", [rule([{ kind: "backbone" }], TRANSFER), rule([glob("layer1.**")], STATS)]);
    const [problem] = problemsOf([{ init: start }]);
    expect(problem?.name).toBe("rule-shadowed");
    expect(problem?.text).toMatch(/resnet_s \d+ and 0/);
  });

  test("XF0438: tensors without a source", () => {
    const [problem] = problemsOf([{ init: init("partly", [rule([units(1, 1)], TRANSFER)]) }]);
    expect(problem?.name).toBe("tensors-uncovered");
    expect(problem?.text).toContain("`partly` leaves 48 tensors of resnet_s without a source");
  });

  test("XF0439: units beyond the model's", () => {
    const [problem] = problemsOf([{ init: init("deep", [rule([units(1, 9)], TRANSFER), rule([REST], STATS)]) }]);
    expect(problem?.text).toContain("`units[1..9]` goes beyond resnet_s, which has 4 units");
  });

  test("XF0447: nothing to draw from", () => {
    const [problem] = problemsOf([{ source: null }]);
    expect(problem?.name).toBe("nothing-to-transfer");
  });
});

describe("a checkpoint", () => {
  const weights: WeightsSpec = { path: "./resnet.safetensors", declaredIn: "study.xfer", location: somewhere() };
  const source: SourceSpec = { kind: "weights", name: "published", weights };
  const info = traceModel(modelSpec(RESNET, 1000, 3));
  const shapes = Object.fromEntries(info.tensors.map(({ name, shape }) => [name, shape]));
  function problemsWith(tensors: WeightsFacts["tensors"]) {
    const of = study([experiment("main", [cell({ source, init: WT, probes: (own) => [score(own)] })])]);
    const facts = {
      ...factsFor(of),
      weights: new Map([[weights, { status: "known", facts: { digest: "d", tensors }, from: "data" } as const]]),
    };
    return planOf(of, facts);
  }

  test("with all tensors transfers, channels adapted and its own head left out", () => {
    const { plan, diagnostics } = problemsWith(shapes);
    expect(diagnostics).toEqual([]);
    expect(plan.nodes.map(({ op }) => op)).toContain("weights.import");
  });

  test("XF0434: lacking tensors are listed and counted", () => {
    const { "bn1.weight": _, "bn1.bias": __, ...fewer } = shapes;
    const [problem] = problemsWith(fewer).diagnostics;
    expect(problem?.message).toBe("`published` lacks 2 of the tensors that `WT` takes from it");
    expect(problem?.label).toBe("resnet_s: 2 of 56 tensors");
    expect(problem?.note).toContain("`bn1.weight`, `bn1.bias`");
  });

  test("XF0444: that cannot be read is told at its declaration, once", () => {
    const cells = [1, 2].map((repeat) => cell({ source, init: WT, repeat, probes: (own) => [score(own)] }));
    const of = study([experiment("main", cells)]);
    const problem = { status: "problem", message: "its header is cut off", hint: "download it again." } as const;
    const { diagnostics } = planOf(of, { ...factsFor(of), weights: new Map([[weights, problem]]) });
    expect(diagnostics.map(({ code, message, hint, location }) => [code, message, hint, location])).toEqual([
      [
        "XF0444",
        "the weights `./resnet.safetensors` cannot be used: its header is cut off",
        "download it again.",
        weights.location,
      ],
    ]);
  });

  test("XF0453: tensors of another model are listed, even where all of ours are there", () => {
    const [problem] = problemsWith({ ...shapes, "layer1.1.conv1.weight": [16, 16, 3, 3] }).diagnostics;
    expect(problem?.message).toBe(
      "`published` holds what the model has not: 1 of its tensors, which `WT` would leave behind",
    );
    expect(problem?.note).toContain("`layer1.1.conv1.weight`");
  });

  const shapesOf = (id: string, size = 224) => {
    const preset = presets.get(id);
    if (preset === undefined) throw new Error(`no preset ${id}`);
    const { family, version, params } = preset;
    const { tensors } = traceModel({ family, version, params, classes: 1000, channels: 3, size });
    return Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
  };

  test("of another model is told by its name, and one under a prefix by that", () => {
    const hints = (tensors: WeightsFacts["tensors"]) => problemsWith(tensors).diagnostics.map(({ hint }) => hint);
    expect(hints(shapesOf("resnet34"))).toContain("these are the tensors of resnet34.");
    expect(hints(shapesOf("deit_small", 384))).toContain("these are the tensors of vit_small or deit_small.");
    const encoder = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`encoder.${name}`, shape]));
    expect(hints(encoder)).toContain(
      'all its names begin with `encoder.`, which timm\'s names are without: write `weights("…", prefix: "encoder.")`.',
    );
    const pair = Object.entries(shapes).flatMap(([name, shape]) => [
      [`module.q.${name}`, shape] as const,
      [`module.k.${name}`, shape] as const,
    ]);
    expect(hints({ ...Object.fromEntries(pair), "module.queue": [8, 32] })).toContain(
      'tensors of this model are behind `module.q.` and `module.k.`, which timm\'s names are without: write `weights("…", prefix: "module.q.")`.',
    );
    const projected = hints({ ...shapes, "projector.0.weight": [8, 8], "projector.0.bias": [8], queue: [8, 8] });
    expect(projected.join()).toContain('is left out by `weights("…", drop: ["projector", "queue"])`.');
  });

  test("of another image size has its positions resampled, which the key and explain know", () => {
    const keys = [96, 128, 224, 384].map((size) => {
      const model: ModelChoice = { ...VIT, family: choice("vit", { ...tiny, size }) };
      const train = [recipe({ augment: [] })];
      const of = study([experiment("main", [cell({ model, source, init: WT, train, probes: (own) => [score(own)] })])]);
      const fact = { status: "known", facts: { digest: "d", tensors: shapesOf("deit_tiny") }, from: "data" } as const;
      const { plan, diagnostics } = planOf(of, { ...factsFor(of), weights: new Map([[weights, fact]]) });
      expect(diagnostics).toEqual([]);
      const [init] = nodesOf(plan, "init");
      const origin = init?.params.manifest.find(({ tensor }) => tensor === "pos_embed")?.origin;
      const adapt = size === 224 ? {} : { adapt: { positions: { tokens: 1, from: 14, to: size / 16 } } };
      expect(origin).toEqual({ from: "state", state: 0, ...adapt });
      const text =
        init &&
        explainNode({ study: of, plan }, init.key)
          ?.tensors.map((group) => group.origin)
          .join();
      if (size !== 224) expect(text).toContain(`resampled from 14×14 to ${size / 16}×${size / 16} patches`);
      return init?.key;
    });
    expect(new Set(keys).size).toBe(4);
  });

  const tiny = { dim: 192, depth: 12, heads: 3, patch: 16, mlp_ratio: 4 };

  test("XF0435: misshapen tensors are listed with both shapes", () => {
    const [problem] = problemsWith({ ...shapes, "layer1.0.conv1.weight": [8, 16, 3, 3] }).diagnostics;
    expect(problem?.name).toBe("source-tensors-misshapen");
    expect(problem?.note).toContain("`layer1.0.conv1.weight` is [8, 16, 3, 3], not [16, 16, 3, 3]");
  });
});

describe("data", () => {
  test("XF0443: what the host found wrong is said once, at the declaration", () => {
    const missing: DatasetSpec = dataset("aptos");
    const of = study([
      experiment(
        "main",
        [1, 2].map((repeat) => cell({ target: missing, repeat, probes: (own) => [score(own)] })),
      ),
    ]);
    const facts = factsFor(of);
    const problem = {
      status: "problem",
      message: "no folder ./data/aptos",
      hint: "give its place: `--data aptos=DIR`",
    } as const;
    const { diagnostics } = planOf(of, { ...facts, datasets: new Map(facts.datasets).set(missing, problem) });
    expect(diagnostics.map(({ code, message, hint, location }) => [code, message, hint, location])).toEqual([
      [
        "XF0443",
        "the images of `aptos` cannot be used: no folder ./data/aptos",
        "give its place: `--data aptos=DIR`",
        missing.location,
      ],
    ]);
  });

  test("without any facts nothing is claimed", () => {
    expect(planOf(quickstart(), NO_FACTS).diagnostics).toEqual([]);
    expect(problemsOf([{ train: [recipe({ batch: 100_000 })], target: DIGITS }], {})).toEqual([]);
    expect(RANDOM.kind).toBe("random");
  });
});
