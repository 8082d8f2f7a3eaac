import type { Batch } from '../data/batch.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { Random } from '../random.js';
import type { LabSettings } from '../settings.js';
import { dot, globalNorm, median } from '../tensor.js';
import type { Parameter } from '../tensor.js';
import type { Model } from './model.js';
import { stepOverRadius } from './softmaxRadius.js';

/** Products with the Hessian until the largest eigenvalue has settled, and the change that counts as settled. */
const POWER_ITERATIONS = 12;
const SETTLED = 0.01;
/** Random signs for the trace (Hutchinson 1989). */
const TRACE_DRAWS = 4;
/** Length of a difference against the weights: gradients are of single precision. */
const RELATIVE_STEP = 1e-3;

type Vectors = readonly Float32Array[];
/** Gradient at weights that are moved along a direction. */
type GradientAt = (direction: Vectors, factor: number) => Promise<Vectors>;

/**
 * Curvature around the weights on one batch: the largest eigenvalue of the Hessian and of the preconditioned one, the
 * trace, the step against the radius within which softmax is harmless, and how much of a step is signal.
 * @param update what the last step added to the weights.
 */
export async function curvatureAt(
  model: Model,
  parameters: readonly Parameter[],
  optimizer: Optimizer,
  settings: LabSettings,
  batch: Batch,
  update: Vectors,
): Promise<Record<string, number>> {
  const moved = (direction: Vectors, factor: number): Parameter[] =>
    parameters.map((parameter, index) => ({
      ...parameter,
      values: parameter.values.map((value, at) => value + factor * direction[index]![at]!),
    }));
  const gradientAt: GradientAt = async (direction, factor) =>
    (await model.slope(moved(direction, factor), batch)).gradients;
  const size = globalNorm(parameters.map(({ values }) => values));
  const product = (vector: Vectors): Promise<Vectors> => hessianProduct(gradientAt, vector, size);
  const values: Record<string, number> = {
    sharpness: await largestEigenvalue(product, parameters),
    'hessian-trace': await trace(product, parameters),
    'safe-step-ratio': await stepOverRadius(model, parameters, batch, update),
  };
  const second = optimizer.state['exp_avg_sq'];
  if (second !== undefined && second.size > 0) {
    const scales = parameters.map(({ name, values: weights }) => {
      const moment = second.get(name) ?? new Float32Array(weights.length);
      return moment.map((value) => 1 / Math.sqrt(Math.sqrt(value) + settings.optimizer.epsilon));
    });
    const scaled = (vector: Vectors): Vectors =>
      vector.map((part, index) => part.map((value, at) => value * scales[index]![at]!));
    values['preconditioned-sharpness'] = await largestEigenvalue(
      async (vector) => scaled(await product(scaled(vector))),
      parameters,
    );
    values['gradient-signal-to-noise'] = signalToNoise(optimizer);
  }
  return values;
}

/** H v by central differences of gradients; exact up to the third derivative and the rounding of gradients. */
async function hessianProduct(gradientAt: GradientAt, vector: Vectors, weights: number): Promise<Vectors> {
  const length = globalNorm(vector);
  const step = (RELATIVE_STEP * weights) / length;
  const [ahead, behind] = [await gradientAt(vector, step), await gradientAt(vector, -step)];
  return ahead.map((part, index) => part.map((value, at) => (value - behind[index]![at]!) / (2 * step)));
}

/** By power iteration, with Rayleigh's quotient: of the eigenvalue that is largest in size. */
async function largestEigenvalue(
  product: (vector: Vectors) => Promise<Vectors>,
  parameters: readonly Parameter[],
): Promise<number> {
  let vector: Vectors = parameters.map(({ name, values }) => Random.forPurpose(1, name).normals(values.length, 1));
  let eigenvalue = 0;
  for (let iteration = 0; iteration < POWER_ITERATIONS; iteration++) {
    const length = globalNorm(vector);
    const unit = vector.map((part) => part.map((value) => value / length));
    vector = await product(unit);
    const next = unit.reduce((sum, part, index) => sum + dot(part, vector[index]!), 0);
    if (Math.abs(next - eigenvalue) <= SETTLED * Math.abs(next)) {
      return next;
    }
    eigenvalue = next;
  }
  return eigenvalue;
}

async function trace(
  product: (vector: Vectors) => Promise<Vectors>,
  parameters: readonly Parameter[],
): Promise<number> {
  let sum = 0;
  for (let draw = 0; draw < TRACE_DRAWS; draw++) {
    const signs = parameters.map(({ name, values }) => {
      const random = Random.forPurpose(draw, name);
      return values.map(() => (random.next() < 0.5 ? -1 : 1));
    });
    const answer = await product(signs);
    sum += signs.reduce((total, part, index) => total + dot(part, answer[index]!), 0);
  }
  return sum / TRACE_DRAWS;
}

/** Entries of each tensor that are looked at. */
const LOOKED_AT = 2000;

/** Median over weights of |m| / √v (Kingma and Ba 2014, section 2.1). */
function signalToNoise({ state }: Optimizer): number {
  const ratios: number[] = [];
  for (const [name, first] of state['exp_avg'] ?? []) {
    const second = state['exp_avg_sq']?.get(name);
    const stride = Math.ceil(first.length / LOOKED_AT);
    for (let index = 0; second !== undefined && index < first.length; index += stride) {
      if (second[index]! > 0) {
        ratios.push(Math.abs(first[index]!) / Math.sqrt(second[index]!));
      }
    }
  }
  return median(ratios);
}
