/** One stage of training on an engine: order, augmentation, schedule, checks, selection, checkpoints. */

import { setImmediate } from "node:timers/promises";
import type { Choice } from "../../catalog/types.js";
import { checkSteps, resolveDuration, type StepContext, stepsPerEpoch } from "../../compiler/plan/steps.js";
import { trainedTensors } from "../../models/trained.js";
import { optimizerState } from "../../program/training/optimizer.js";
import { precisionState } from "../../program/training/precision.js";
import type { TensorData } from "../../program/types.js";
import { directionOf, predictionsOf, score } from "../probes/metric.js";
import type { NamedTensors } from "../state/safetensors.js";
import type { Checkpoint } from "./checkpoint.js";
import { EarlyStop } from "./early-stop.js";
import { TrainingError } from "./errors.js";
import { type Evaluation, evaluateLogits, newEvaluation } from "./evaluate.js";
import { History } from "./history.js";
import { Keeper } from "./keeper.js";
import { openTraining, type TrainingPrograms } from "./programs.js";
import { type StageRequest, sourceOf } from "./request.js";
import { Schedule } from "./schedule.js";
import { SkippedSteps } from "./skips.js";

export type { StageNote, StageRequest } from "./request.js";

export interface StageResult {
  readonly selected: NamedTensors;
  readonly last: NamedTensors;
  /** In the order of `recipe.keep`. */
  readonly kept: readonly NamedTensors[];
  readonly history: History;
  readonly selectedStep: number;
  /** Of the selected state, where something was checked. */
  readonly selectedValue: number | undefined;
  /** Steps it took, which are fewer than its budget where it stopped early. */
  readonly steps: number;
  readonly budget: number;
  /** Where it went on from a checkpoint: which one, and what the attempts before took. */
  readonly resumed: { readonly step: number; readonly seconds: number } | undefined;
}

/** @throws TrainingError */
export async function trainStage(request: StageRequest): Promise<StageResult> {
  const { recipe } = request.params;
  const length = { trainImages: request.train.info.images, batch: recipe.batch, dropLast: recipe.dropLast };
  const total = resolveDuration(recipe.duration, length, recipe.select.every);
  if (total > 0 && stepsPerEpoch(length) === 0) {
    throw new TrainingError(
      `an epoch has no step: ${length.trainImages} training images make no batch of ${recipe.batch}; lower \`batch\` or say \`drop_last no\``,
    );
  }
  if (recipe.stop !== undefined && request.val === undefined && request.share === undefined) {
    throw new TrainingError("`stop early` has no validation images to watch; give the data set a `val` split");
  }
  const keeper = new Keeper(request, length, total);
  const before = total === 0 ? undefined : await keeper.open();
  return new Stage(request, { length, total, keeper, before, programs: await openTraining(request, length) }).run();
}

interface Opened {
  readonly length: StepContext;
  readonly total: number;
  readonly programs: TrainingPrograms;
  readonly keeper: Keeper;
  /** What it goes on from. */
  readonly before: Checkpoint | undefined;
}

class Stage {
  /** Its budget: what schedules are laid out over. */
  readonly #total: number;
  /** Where it ends at the latest. */
  readonly #end: number;
  readonly #programs: TrainingPrograms;
  readonly #keeper: Keeper;
  readonly #before: Checkpoint | undefined;
  readonly #checks: ReadonlySet<number>;
  readonly #keepAt: readonly number[];
  readonly #schedule: Schedule;
  readonly #stop: EarlyStop | undefined;
  readonly #history: History;
  readonly #skips: SkippedSteps;
  readonly #kept: Map<number, NamedTensors>;
  /** Steps taken. */
  #step: number;
  /** The check after that step, while it is under way. */
  #check: Evaluation | undefined;
  #best: { readonly state: NamedTensors; readonly step: number; readonly value: number } | undefined;
  #lastLoss: { readonly step: number; readonly loss: number } | undefined;
  /** Of the last step. */
  #rate: number;

  constructor(
    readonly request: StageRequest,
    { length, total, programs, keeper, before }: Opened,
  ) {
    const { recipe, metric } = request.params;
    const every = recipe.select.every;
    this.#total = total;
    this.#end = endOf(total, request);
    this.#programs = programs;
    this.#keeper = keeper;
    this.#before = before;
    this.#checks = new Set(checkSteps(total, every, length));
    this.#keepAt = recipe.keep.map((at) => Math.min(total, resolveDuration(at, length, every)));
    const checked = { ...length, checkEvery: every, direction: directionOf(metric, request.plugins) };
    const rate = learningRate(recipe.optimizer);
    this.#schedule = new Schedule(recipe.schedule, { ...checked, totalSteps: total, rate });
    this.#stop = recipe.stop && new EarlyStop(recipe.stop, checked);
    this.#history = new History(metric, this.#end, before?.history);
    this.#skips = new SkippedSteps(before?.skips);
    this.#kept = new Map(before?.kept);
    this.#step = before?.step ?? 0;
    this.#check = before?.check && { ...before.check };
    this.#lastLoss = before?.lastLoss;
    for (const { step, value } of before?.history.checks ?? []) this.#judge(step, value, before?.best);
    this.#rate = this.#step === 0 ? rate : this.#schedule.rate(this.#step);
  }

  async run(): Promise<StageResult> {
    const { session } = this.#programs;
    await session.load(this.#startingState());
    if (this.#keepAt.includes(0)) this.#kept.set(0, this.request.initial);
    if (this.#check !== undefined) await this.#after(undefined);
    while (!this.#isOver) {
      await setImmediate();
      await this.#stopOrSave();
      const loss = await this.#train();
      await this.#after(loss);
    }
    this.#skips.finish(this.#step);
    this.#history.skipped = this.#skips.total;
    if (this.#step < this.#end) this.#endHistory();
    return this.#result();
  }

  #endHistory(): void {
    const last = this.#lastLoss;
    const known = last?.step === this.#step ? { loss: last.loss, rate: this.#rate } : undefined;
    this.#history.stop({ at: this.#step, of: this.#total }, known);
  }

  get #isOver(): boolean {
    return this.#step >= this.#end || this.#stop?.reached === true;
  }

  /** The loss; undefined where the step was skipped for it. */
  async #train(): Promise<number | undefined> {
    const step = this.#step + 1;
    const rate = this.#schedule.rate(step);
    this.#rate = rate;
    const { loss, fetched } = await this.#programs.step(step, this.#skips.taken(step), rate);
    const skipped = this.#skips.see(step, fetched);
    this.#step = step;
    if (this.#checks.has(step) && this.request.val !== undefined) {
      this.#check = newEvaluation(sourceOf(this.request, this.request.val));
    }
    if (Number.isFinite(loss)) {
      this.#lastLoss = { step, loss };
      this.#history.step(step, loss, rate);
      return loss;
    }
    if (skipped) return undefined;
    throw new TrainingError(this.#divergence(loss, rate), this.#keeper.lastGood());
  }

  #divergence(loss: number, rate: number): string {
    const last = this.#lastLoss;
    const before = last === undefined ? "" : `, the last finite loss ${last.loss.toPrecision(4)} at step ${last.step}`;
    return `the loss is ${loss} at step ${this.#step} (learning rate ${rate}${before}); lower \`lr\`, add \`clip_norm\`, or warm up longer`;
  }

  /** What is due after a step: its check, and keeping its state. */
  async #after(loss: number | undefined): Promise<void> {
    const step = this.#step;
    const value = this.#check === undefined ? undefined : await this.#finishCheck(this.#check);
    if (this.#keepAt.includes(step)) this.#kept.set(step, await this.#read());
    this.request.onProgress(step, this.#end, {
      ...(loss === undefined ? {} : { loss }),
      ...(value === undefined ? {} : { val: value }),
    });
  }

  async #finishCheck(evaluation: Evaluation): Promise<number | undefined> {
    const { params, val, plugins } = this.request;
    if (val === undefined) return undefined;
    const { session } = this.#programs;
    const source = sourceOf(this.request, val);
    const logits = await evaluateLogits(session, "evaluate", source, () => this.#stopOrSave(), evaluation);
    const value = score(params.metric, predictionsOf(logits, val.labels, params.model.classes, params.task), plugins);
    this.#check = undefined;
    this.#history.checks.push({ step: this.#step, value });
    this.#judge(this.#step, value, this.#improves(value) ? await this.#read() : undefined);
    return value;
  }

  /** What the schedule and the selection make of a check; `state` is what was in force where it is the best so far. */
  #judge(step: number, value: number, state: NamedTensors | undefined): void {
    this.#schedule.checked(step, value);
    this.#stop?.checked(step, value);
    if (this.#improves(value) && state !== undefined) this.#best = { state, step, value };
  }

  /** The earlier of two that are equal stays; what is no number never wins. */
  #improves(value: number): boolean {
    const { metric, recipe } = this.request.params;
    if (recipe.select.kind !== "best" || Number.isNaN(value)) return false;
    if (this.#best === undefined) return true;
    return directionOf(metric, this.request.plugins) === "max" ? value > this.#best.value : value < this.#best.value;
  }

  /** Between two steps, or two batches of a check. @throws when it was asked to stop, with all that was done kept */
  async #stopOrSave(): Promise<void> {
    if (this.request.signal.aborted) {
      await this.#keeper.save("stop", () => this.#checkpoint());
      this.request.signal.throwIfAborted();
    }
    if (this.#keeper.isDue(this.#step)) await this.#keeper.save("due", () => this.#checkpoint());
  }

  async #checkpoint(): Promise<Omit<Checkpoint, "seconds">> {
    const state = await this.#programs.session.read(this.#programs.lasting);
    const own = new Set(this.request.info.tensors.map(({ name }) => name));
    const entries = [...state];
    return {
      step: this.#step,
      of: this.#total,
      weights: new Map(entries.filter(([name]) => own.has(name))),
      rest: new Map(entries.filter(([name]) => !own.has(name))),
      history: this.#history.state(),
      skips: this.#skips.state(),
      lastLoss: this.#lastLoss,
      check: this.#check && { done: this.#check.done, logits: this.#check.logits },
      best: this.#best?.state,
      kept: this.#kept,
    };
  }

  async #result(): Promise<StageResult> {
    const last = this.#total === 0 ? this.request.initial : await this.#read();
    const before = this.#before;
    return {
      selected: this.#best?.state ?? last,
      last,
      kept: this.#keepAt.map((step) => this.#kept.get(step) ?? last),
      history: this.#history,
      selectedStep: this.#best?.step ?? this.#step,
      selectedValue: this.#best?.value ?? this.#history.checks.at(-1)?.value,
      steps: this.#step,
      budget: this.#total,
      resumed: before && { step: before.step, seconds: before.seconds },
    };
  }

  #read(): Promise<NamedTensors> {
    return this.#programs.read();
  }

  #startingState(): Map<string, TensorData> {
    const { info, initial, params } = this.request;
    const trained = trainedTensors(info, params.recipe.frozen === undefined ? {} : { frozen: params.recipe.frozen });
    const zeros = optimizerState(params.recipe.optimizer, trained).map(({ name, shape }) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, data: new Float32Array(count) }] as const;
    });
    const before = this.#before;
    return new Map([
      ...initial,
      ...zeros,
      ...precisionState(params.recipe.precision),
      ...this.#programs.averages,
      ...this.#programs.fleeting,
      ...(before === undefined ? [] : [...before.weights, ...before.rest]),
    ]);
  }
}

/** Of a training that takes a share of its steps one at least. */
function endOf(total: number, { share = 1 }: StageRequest): number {
  return Math.min(total, Math.max(1, Math.round(share * total)));
}

function learningRate({ id, params }: Choice): number {
  if (typeof params.lr !== "number") throw new TrainingError(`optimizer ${id} has no learning rate`);
  return params.lr;
}
