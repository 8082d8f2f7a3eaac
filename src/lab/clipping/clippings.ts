import type { ClippingSettings } from '../settings.js';
import { dot, globalNorm, norm, scale } from '../tensor.js';
import type { Parameter } from '../tensor.js';
import type { Clipping } from './clipping.js';

/** Added to a norm that is divided by, as in `torch.nn.utils.clip_grad_norm_`. */
const NORM_EPSILON = 1e-6;

/** What the settings ask for. Not-a-number passes through all of them, as it does in frameworks. */
export function makeClipping(settings: ClippingSettings): Clipping {
  switch (settings.kind) {
    case 'norm':
      return { apply: (gradients) => clipNorm(gradients, settings.limit) };
    case 'value':
      return { apply: (gradients) => clipValue(gradients, settings.limit) };
    case 'autoclip':
      return new AutoClip(settings.percentile);
    case 'zclip':
      return new ZClip(settings);
    case 'adagc':
      return new AdaGC(settings);
    case 'agc':
      return new AdaptiveByWeights(settings);
    case 'growth':
      return new GrowthLimiter(settings.growth);
    case 'component':
      return new ByComponent(settings.limit);
    case 'ortho':
      return { apply: takeRadialPartOut };
  }
}

/** Bounds the norm of all gradients as one vector (Pascanu et al. 2013). */
function clipNorm(gradients: readonly Float32Array[], limit: number): void {
  const factor = limit / (globalNorm(gradients) + NORM_EPSILON);
  if (factor < 1) {
    for (const gradient of gradients) {
      scale(gradient, factor);
    }
  }
}

function clipValue(gradients: readonly Float32Array[], limit: number): void {
  for (const gradient of gradients) {
    for (let index = 0; index < gradient.length; index++) {
      gradient[index] = Math.max(-limit, Math.min(limit, gradient[index]!));
    }
  }
}

/** The limit is a percentile of all norms so far, the present one included (Seetharaman et al. 2020). */
class AutoClip implements Clipping {
  private readonly norms: number[] = [];
  private readonly share: number;

  constructor(percentile: number) {
    this.share = percentile / 100;
  }

  apply(gradients: readonly Float32Array[]): void {
    const size = globalNorm(gradients);
    if (!Number.isFinite(size)) {
      return;
    }
    const after = this.norms.findIndex((other) => other > size);
    this.norms.splice(after < 0 ? this.norms.length : after, 0, size);
    const place = this.share * (this.norms.length - 1);
    const below = this.norms[Math.floor(place)]!;
    const above = this.norms[Math.ceil(place)]!;
    clipNorm(gradients, below + (above - below) * (place - Math.floor(place)));
  }
}

/** Norms that stand out of their running mean are brought back, the further out the closer to it (Kumar et al. 2025). */
class ZClip implements Clipping {
  private readonly settings: Extract<ClippingSettings, { kind: 'zclip' }>;
  private readonly first: number[] = [];
  private mean = 0;
  private variance = 0;

  constructor(settings: Extract<ClippingSettings, { kind: 'zclip' }>) {
    this.settings = settings;
  }

  apply(gradients: readonly Float32Array[]): void {
    const { threshold, alpha, warmupSteps } = this.settings;
    let size = globalNorm(gradients);
    if (!Number.isFinite(size)) {
      return;
    }
    if (this.first.length < warmupSteps) {
      this.first.push(size);
      this.mean = this.first.reduce((sum, one) => sum + one, 0) / this.first.length;
      this.variance = this.first.reduce((sum, one) => sum + (one - this.mean) ** 2, 0) / this.first.length;
      return;
    }
    const deviation = Math.sqrt(this.variance);
    const z = (size - this.mean) / (deviation + NORM_EPSILON);
    if (z > threshold) {
      size = this.mean + (threshold * threshold * deviation) / z;
      clipNorm(gradients, size);
    }
    this.mean = alpha * this.mean + (1 - alpha) * size;
    this.variance = alpha * this.variance + (1 - alpha) * (size - this.mean) ** 2;
  }
}

/** Every tensor is bounded by a little more than its own running norm (Wang et al. 2025). A norm of zero is not learned. */
class AdaGC implements Clipping {
  private readonly settings: Extract<ClippingSettings, { kind: 'adagc' }>;
  private readonly usual = new Map<string, number>();
  private steps = 0;

  constructor(settings: Extract<ClippingSettings, { kind: 'adagc' }>) {
    this.settings = settings;
  }

  apply(gradients: readonly Float32Array[], parameters: readonly Parameter[]): void {
    const { relative, absolute, beta, warmupSteps } = this.settings;
    this.steps += 1;
    if (this.steps <= warmupSteps) {
      clipNorm(gradients, absolute);
    }
    for (const [index, gradient] of gradients.entries()) {
      const { name } = parameters[index]!;
      const size = norm(gradient);
      const usual = this.usual.get(name);
      if (!Number.isFinite(size) || size === 0) {
        continue;
      }
      if (usual === undefined || this.steps <= warmupSteps) {
        this.usual.set(name, Math.min(usual ?? size, size));
        continue;
      }
      const factor = Math.min(1, (relative * usual) / size);
      scale(gradient, factor);
      this.usual.set(name, beta * usual + (1 - beta) * factor * size);
    }
  }
}

/** The gradient of every unit is bounded by a share of the norm of its weights (Brock et al. 2021). */
class AdaptiveByWeights implements Clipping {
  private readonly factor: number;
  private readonly epsilon: number;

  constructor({ factor, epsilon }: Extract<ClippingSettings, { kind: 'agc' }>) {
    this.factor = factor;
    this.epsilon = epsilon;
  }

  apply(gradients: readonly Float32Array[], parameters: readonly Parameter[]): void {
    for (const [at, gradient] of gradients.entries()) {
      const { shape, values, name } = parameters[at]!;
      // The paper leaves the last layer out.
      if (name.startsWith('head')) {
        continue;
      }
      // Weights are applied from the right, so that a unit is a column; a vector is one unit.
      const units = shape.length > 1 ? shape.at(-1)! : 1;
      for (let unit = 0; unit < units; unit++) {
        const [weight, size] = [normOfUnit(values, unit, units), normOfUnit(gradient, unit, units)];
        const limit = this.factor * Math.max(weight, this.epsilon);
        if (size > limit) {
          for (let index = unit; index < gradient.length; index += units) {
            gradient[index]! *= limit / size;
          }
        }
      }
    }
  }
}

function normOfUnit(values: Float32Array, unit: number, units: number): number {
  let sum = 0;
  for (let index = unit; index < values.length; index += units) {
    sum += values[index]! ** 2;
  }
  return Math.sqrt(sum);
}

/** From one step to the next a tensor's norm grows by a factor at most (Chen et al. 2024, Fira). */
class GrowthLimiter implements Clipping {
  private readonly growth: number;
  private readonly last = new Map<string, number>();

  constructor(growth: number) {
    this.growth = growth;
  }

  apply(gradients: readonly Float32Array[], parameters: readonly Parameter[]): void {
    for (const [index, gradient] of gradients.entries()) {
      const { name } = parameters[index]!;
      const size = norm(gradient);
      if (!Number.isFinite(size) || size === 0) {
        continue;
      }
      const last = this.last.get(name);
      const factor = last === undefined ? 1 : Math.min(1, (this.growth * last) / size);
      if (factor < 1) {
        scale(gradient, factor);
      }
      this.last.set(name, factor * size);
    }
  }
}

/** Global-norm clipping inside each kind of component; kinds are names of modules without their numbers. */
class ByComponent implements Clipping {
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  apply(gradients: readonly Float32Array[], parameters: readonly Parameter[]): void {
    const kinds = new Map<string, Float32Array[]>();
    for (const [index, gradient] of gradients.entries()) {
      const kind = parameters[index]!.name.replaceAll(/\d+/g, '#').split('.').slice(0, -1).join('.');
      kinds.set(kind, [...(kinds.get(kind) ?? []), gradient]);
    }
    for (const members of kinds.values()) {
      clipNorm(members, this.limit);
    }
  }
}

/** Takes out of every gradient what only scales the weights, and gives it its length back (⊥Grad, Prieto et al. 2025). */
function takeRadialPartOut(gradients: readonly Float32Array[], parameters: readonly Parameter[]): void {
  for (const [at, gradient] of gradients.entries()) {
    const { values } = parameters[at]!;
    const length = dot(values, values);
    const size = norm(gradient);
    if (length === 0 || gradient.length < 2) {
      continue;
    }
    const share = dot(values, gradient) / length;
    const rest = gradient.map((g, index) => g - share * values[index]!);
    const left = norm(rest);
    if (left > 0) {
      scale(rest, size / left);
      gradient.set(rest);
    }
  }
}
