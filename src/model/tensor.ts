import type { Finding } from './finding.js';
import type { Problem } from './problem.js';

/**
 * How an element is stored. Names are those of safetensors in lower case; `q…` and other names of block formats are
 * taken over from GGUF, `quint8`, `qint8` and `qint32` from PyTorch.
 */
export type TensorDtype = string;

/**
 * What a tensor is for: `weight`, `buffer`, `ema`, `optimizer/exp_avg` and other state of optimizers by its name,
 * `scheduler`, `random-state`, `other`.
 */
export type TensorRole = string;

/** Numbers of all elements but for NaN and ±Infinity, which are counted and left out of the rest. */
export interface TensorStatistics {
  /** All elements. */
  readonly count: number;
  readonly nan: number;
  readonly inf: number;
  /** Elements that are +0 or −0. */
  readonly zeros: number;
  /** Of finite elements; NaN when there is none. Of complex elements, these are of their absolute values. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population: divided by the count, as numpy does by default. */
  readonly std: number;
  /** Square root of the sum of squares. */
  readonly l2: number;
  readonly absMax: number;
  readonly histogram: MagnitudeHistogram;
  /** Of tensors of two and more axes: the first is that of rows, all others together are columns. */
  readonly rows?: LineStatistics;
  readonly columns?: LineStatistics;
  readonly spectrum?: SpectrumEstimate;
}

/** How many finite elements have a magnitude in [2^exponent, 2^(exponent+1)); zeros are counted by `zeros`. */
export interface MagnitudeHistogram {
  /** Exponent of the first bin. */
  readonly firstExponent: number;
  readonly negative: readonly number[];
  readonly positive: readonly number[];
}

export interface LineStatistics {
  readonly count: number;
  /** Lines in which every element is zero. */
  readonly dead: number;
  /** Indices of the first of them, from 0. */
  readonly firstDead: readonly number[];
  /** Root mean square of lines, from elements taken at even distances: the median line and the largest one. */
  readonly medianRms: number;
  readonly largestRms: number;
  readonly largestIndex: number;
}

/** By the Golub-Kahan-Lanczos process from a fixed start: both are bounds that a few steps bring within about 1 %. */
export interface SpectrumEstimate {
  /** A lower bound of the spectral norm. */
  readonly largestSingularValue: number;
  /** Squared Frobenius norm over squared spectral norm, between 1 and the rank. */
  readonly stableRank: number;
}

/** One tensor as the command line and the editor tell of it. */
export interface TensorSummary {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly role: TensorRole;
  /** Size of its elements, whether stored in a piece, as a view of more, or compressed. */
  readonly bytes: number;
  /** Of optimizer state: the name of the parameter that it belongs to, where that can be told. */
  readonly parameter?: string;
  readonly stats?: TensorStatistics;
  /** Why there are no statistics. */
  readonly noStats?: string;
}

/** An object that is known only by the name of its class or function: nothing was imported and nothing was called. */
export interface OpaqueObject {
  /** "package.module.Class". */
  readonly global: string;
  /** Where it is in the checkpoint. */
  readonly path: string;
  readonly count: number;
}

/** A plain value beside the tensors: a step counter, a learning rate, a version. */
export type PlainValue = string | number | boolean | null;

/** What reading a checkpoint comes to. */
export interface CheckpointReport {
  readonly path: string;
  readonly format: string;
  readonly tensors: readonly TensorSummary[];
  readonly opaque: readonly OpaqueObject[];
  /** By path: "epoch", "lr_schedulers.0.last_epoch". */
  readonly values: Readonly<Record<string, PlainValue>>;
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

/** What lies between a tensor and the one of the same name in a later checkpoint; finite elements only. */
export interface TensorChange {
  /** Norm of the difference. */
  readonly l2: number;
  /** The same over the norm before; infinite for what was zero. */
  readonly relative: number;
  /** Of the angle between the two; NaN where one of them is zero. */
  readonly cosine: number;
  /** Largest absolute difference. */
  readonly largest: number;
  /** Elements that are what they were, to the bit or both NaN. */
  readonly unchanged: number;
  readonly count: number;
  /** Elements that are not finite in one of the two. */
  readonly nonFinite: number;
  readonly normBefore: number;
  readonly normAfter: number;
}

/** A tensor that two checkpoints have. */
export interface TensorComparison {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly role: TensorRole;
  readonly bytes: number;
  readonly change?: TensorChange;
  /** Why the two cannot be compared. */
  readonly noChange?: string;
}

/** What became of one checkpoint in another. */
export interface ComparisonReport {
  /** Of the second checkpoint. */
  readonly path: string;
  readonly format: string;
  readonly comparedWith: { readonly path: string; readonly format: string };
  readonly tensors: readonly TensorComparison[];
  readonly onlyInFirst: readonly string[];
  readonly onlyInSecond: readonly string[];
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}
