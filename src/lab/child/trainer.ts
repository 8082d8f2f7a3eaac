import type { Batch, Data } from '../data/batch.js';
import { makeData } from '../data/data.js';
import { makeClipping } from '../clipping/clippings.js';
import type { Clipping } from '../clipping/clipping.js';
import { MAKE_OPTIMIZER } from '../optimizers/optimizers.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { HiddenUnits, hiddenLayersOf } from '../renewal/hiddenUnits.js';
import { makeRenewal } from '../renewal/renewal.js';
import type { Renewal } from '../renewal/renewal.js';
import { Random } from '../random.js';
import { roundAll } from '../rounding.js';
import { rateShare } from '../schedule.js';
import type { LabSettings, Perturbation } from '../settings.js';
import { initialParameters, shapesOf } from '../shapes.js';
import { globalNorm, median, norm, scale } from '../tensor.js';
import type { Parameter } from '../tensor.js';
import { curvatureAt } from './curvature.js';
import { layerStatistics } from './layerStatistics.js';
import { backendArithmetic } from './arithmetic.js';
import { Model } from './model.js';
import type { Slope } from './model.js';
import { Observation } from './observation.js';
import { stepOverRadius } from './softmaxRadius.js';

/** What a step says of itself, by tag. */
export type Report = (step: number, values: Readonly<Record<string, number>>) => void;

type Of<Kind extends Perturbation['kind']> = Extract<Perturbation, { kind: Kind }>;

/** What strikes at one step. */
type Striking = Of<'corrupted-batch'> | Of<'gradient-factor'> | Of<'desynchronised-workers'>;

/** Norms that make the usual one, for the rule that forgets after spikes. */
const USUAL_STEPS = 50;

/** Trains one proxy: the loop of the field, one step at a time, with everything that the arms may change. */
export class Trainer {
  readonly parameters: Parameter[];
  readonly optimizer: Optimizer;
  private readonly settings: LabSettings;
  private readonly data: Data;
  private readonly model: Model;
  private readonly clippings: readonly Clipping[];
  private readonly renewal: Renewal | undefined;
  private readonly units: HiddenUnits;
  private readonly report: Report;
  private readonly norms: number[] = [];
  private readonly average: Float32Array[] = [];
  private averaged = 0;
  private forgotAt = -Infinity;
  /** Weights before each of the latest steps, for a worker that is to miss them. */
  private readonly history: Float32Array[][] = [];
  private lag: Float32Array[] | undefined;

  constructor(settings: LabSettings, seed: number, report: Report) {
    this.settings = settings;
    this.report = report;
    this.data = makeData(settings, seed);
    this.model = new Model(settings);
    const arithmetic = backendArithmetic();
    this.parameters = initialParameters(settings, this.data.classes, this.data.features, seed).map((parameter) => {
      const values = arithmetic.zeros(parameter.values.length);
      values.set(parameter.values);
      return { ...parameter, values };
    });
    this.optimizer = MAKE_OPTIMIZER[settings.optimizer.kind](settings.optimizer, arithmetic);
    this.clippings = settings.clipping.map(makeClipping);
    this.renewal = makeRenewal(settings.renewal);
    this.units = new HiddenUnits(
      this.parameters,
      this.optimizer,
      shapesOf(settings, this.data.classes, this.data.features),
      Random.forPurpose(seed, 'renewal'),
    );
  }

  /** One optimizer step; gives the batch that it trained on. */
  async step(step: number): Promise<Batch> {
    const { measure } = this.settings;
    const corruption = this.due('corrupted-batch', step);
    const batch = corruption === undefined ? this.data.next() : this.data.corrupted();
    const detailed = this.isDue(measure.detailEvery, step);
    const renews = this.renewal?.asks(step) === true;
    const observation = detailed || renews ? new Observation() : undefined;
    const { slope, gradients } = await this.gradients(step, batch, observation);
    const factor = (corruption?.factor ?? 1) * (this.due('gradient-factor', step)?.factor ?? 1);
    if (factor !== 1) {
      for (const gradient of gradients) {
        scale(gradient, factor);
      }
    }
    const values: Record<string, number> = { 'train/loss': slope.crossEntropy };
    values['gradient-norm'] = globalNorm(gradients);
    const raw = detailed ? gradients.map(norm) : [];
    for (const clipping of this.clippings) {
      clipping.apply(gradients, this.parameters);
    }
    if (this.clippings.length > 0) {
      values['gradient-norm/clipped'] = globalNorm(gradients);
    }
    const rate = this.rate(step);
    values['learning-rate'] = rate;
    const before =
      detailed || this.needsWeightsBefore() ? this.parameters.map(({ values: weights }) => weights.slice()) : [];
    if (!this.isLeftOut(values['gradient-norm'])) {
      this.optimizer.step(this.parameters, gradients, rate);
    }
    await this.shorten(before, batch);
    this.afterStep(step, values['gradient-norm'], before);
    if (detailed) {
      Object.assign(values, this.details(raw, before), await layerStatistics(observation!, this.settings));
    }
    Object.assign(values, await this.lookAround(step, before, batch));
    if (renews) {
      values['renewed-units'] = await this.renew(observation!);
    }
    observation?.dispose();
    if (this.isDue(measure.evaluateEvery, step)) {
      Object.assign(values, await this.evaluation());
    }
    this.report(step, values);
    return batch;
  }

  /** Curvature and reach of the step, where they are due. */
  private async lookAround(
    step: number,
    before: readonly Float32Array[],
    batch: Batch,
  ): Promise<Record<string, number>> {
    const { curvatureEvery, radiusEvery } = this.settings.measure;
    const { model, parameters, optimizer, settings } = this;
    if (this.isDue(curvatureEvery, step)) {
      return curvatureAt(model, parameters, optimizer, settings, batch, this.updateSince(before));
    }
    return this.isDue(radiusEvery, step)
      ? { 'safe-step-ratio': await stepOverRadius(model, parameters, batch, this.updateSince(before)) }
      : {};
  }

  /** What was added to the weights. */
  private updateSince(before: readonly Float32Array[]): Float32Array[] {
    return this.parameters.map(({ values }, index) => values.map((value, at) => value - before[index]![at]!));
  }

  /** Takes back as much of a step as lies beyond the radius that it may have. */
  private async shorten(before: readonly Float32Array[], batch: Batch): Promise<void> {
    const { stepRadius } = this.settings;
    if (stepRadius === 0) {
      return;
    }
    const update = this.updateSince(before);
    const share = stepRadius / (await stepOverRadius(this.model, this.parameters, batch, update));
    if (share < 1) {
      for (const [index, { values }] of this.parameters.entries()) {
        values.set(before[index]!.map((value, at) => value + share * update[index]![at]!));
      }
    }
  }

  /** Renews hidden units by what they gave at this step; how many. */
  private async renew(observation: Observation): Promise<number> {
    let renewed = 0;
    for (const layer of hiddenLayersOf(this.settings.model)) {
      const outputs = (await observation.layers.get(layer.name)!.data()) as Float32Array;
      renewed += this.renewal!.apply(layer, outputs, this.units).size;
    }
    return renewed;
  }

  private async evaluation(): Promise<Record<string, number>> {
    const weights =
      this.averaged > 0
        ? this.parameters.map((parameter, index) => ({ ...parameter, values: this.average[index]! }))
        : this.parameters;
    const { loss, accuracy } = await this.model.evaluate(weights, this.data.heldOut);
    return { 'eval/loss': loss, 'eval/accuracy': accuracy };
  }

  /** The first step, each so many, and the last. */
  private isDue(every: number, step: number): boolean {
    return every > 0 && (step % every === 0 || step === this.settings.steps - 1);
  }

  /** The perturbation of a kind, at the step at which it strikes. */
  private due<Kind extends Striking['kind']>(kind: Kind, step: number): Extract<Striking, { kind: Kind }> | undefined {
    return this.settings.perturbations.find(
      (one): one is Extract<Striking, { kind: Kind }> =>
        one.kind === kind && 'at' in one && step === this.placeOf(one.at),
    );
  }

  private placeOf(share: number): number {
    return Math.min(this.settings.steps - 1, Math.round(share * this.settings.steps));
  }

  private async gradients(
    step: number,
    batch: Batch,
    observation: Observation | undefined,
  ): Promise<{ slope: Slope; gradients: Float32Array[] }> {
    const rounding = this.settings.perturbations.find((one): one is Of<'rounding'> => one.kind === 'rounding');
    const seen = this.seen(rounding, this.parameters);
    const slope = await this.model.slope(seen, batch, observation);
    const { gradients } = slope;
    if (rounding !== undefined) {
      gradients.forEach((gradient) => {
        scale(gradient, rounding.lossScale);
        roundAll(gradient, rounding.format);
        scale(gradient, 1 / rounding.lossScale);
      });
    }
    const straying = this.due('desynchronised-workers', step);
    if (straying !== undefined) {
      const missed = this.history[Math.max(0, this.history.length - straying.missed)];
      this.lag =
        missed && this.parameters.map(({ values }, index) => values.map((value, at) => value - missed[index]![at]!));
    }
    if (this.lag !== undefined) {
      const lag = this.lag;
      const other = this.parameters.map((parameter, index) => ({
        ...parameter,
        values: parameter.values.map((value, at) => value - lag[index]![at]!),
      }));
      const theirs = await this.model.slope(this.seen(rounding, other), this.data.next());
      for (const [index, gradient] of gradients.entries()) {
        for (let at = 0; at < gradient.length; at++) {
          gradient[at] = (gradient[at]! + theirs.gradients[index]![at]!) / 2;
        }
      }
    }
    return { slope, gradients };
  }

  /** Scaled losses overflow now and then: whoever scales them leaves such steps out (Micikevicius et al. 2018). */
  private isLeftOut(gradientNorm: number): boolean {
    const scales = this.settings.perturbations.some((one) => one.kind === 'rounding' && one.lossScale > 1);
    return scales && !Number.isFinite(gradientNorm);
  }

  private seen(rounding: Of<'rounding'> | undefined, parameters: readonly Parameter[]): readonly Parameter[] {
    if (rounding === undefined) {
      return parameters;
    }
    return parameters.map((parameter) => {
      const values = parameter.values.slice();
      roundAll(values, rounding.format);
      return { ...parameter, values };
    });
  }

  private rate(step: number): number {
    const { schedule, optimizer, steps, perturbations, reset } = this.settings;
    const raised = perturbations.find((one): one is Of<'learning-rate-factor'> => {
      const from = one.kind === 'learning-rate-factor' ? this.placeOf(one.at) : Infinity;
      return one.kind === 'learning-rate-factor' && step >= from && step < from + one.steps;
    });
    const rising = Math.min(1, (step - this.forgotAt) / (reset.rewarmSteps + 1));
    return optimizer.learningRate * rateShare(schedule, step, steps) * (raised?.factor ?? 1) * rising;
  }

  private needsWeightsBefore(): boolean {
    const { perturbations, measure, stepRadius } = this.settings;
    return (
      stepRadius + measure.curvatureEvery + measure.radiusEvery > 0 ||
      perturbations.some(({ kind }) => kind === 'desynchronised-workers')
    );
  }

  private afterStep(step: number, size: number, before: Float32Array[]): void {
    const { reset, averageFrom, steps, perturbations } = this.settings;
    if (perturbations.some(({ kind }) => kind === 'desynchronised-workers')) {
      const missed = Math.max(...perturbations.map((one) => (one.kind === 'desynchronised-workers' ? one.missed : 0)));
      this.history.push(before);
      this.history.splice(0, this.history.length - missed);
    }
    if (reset.spikeFactor > 0) {
      const usual = median(this.norms);
      if (this.norms.length >= USUAL_STEPS / 2 && !(size <= reset.spikeFactor * usual)) {
        this.optimizer.forget();
        this.forgotAt = step;
      } else {
        this.norms.push(size);
        this.norms.splice(0, this.norms.length - USUAL_STEPS);
      }
    }
    if (step >= averageFrom * steps) {
      this.averaged += 1;
      for (const [index, { values }] of this.parameters.entries()) {
        const mean = (this.average[index] ??= new Float32Array(values.length));
        for (let at = 0; at < values.length; at++) {
          mean[at]! += (values[at]! - mean[at]!) / this.averaged;
        }
      }
    }
  }

  private details(gradientNorms: readonly number[], before: readonly Float32Array[]): Record<string, number> {
    const values: Record<string, number> = {};
    for (const [index, { name, values: weights }] of this.parameters.entries()) {
      const old = before[index]!;
      const size = norm(weights);
      values[`gradient-norm/${name}`] = gradientNorms[index]!;
      values[`weight-norm/${name}`] = size;
      values[`update-ratio/${name}`] = norm(weights.map((value, at) => value - old[at]!)) / (norm(old) || 1);
    }
    return values;
  }
}
