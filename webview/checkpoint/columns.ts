import * as l10n from '@vscode/l10n';
import type { TensorComparison, TensorSummary } from '../../src/model/tensor.js';
import { formatCount, formatPercent, formatValue } from '../format/numbers.js';
import { formatBytes } from '../format/bytes.js';
import { elementsOf } from './tensorTree.js';

/** A number of each tensor, shown in a column and sorted by. */
export interface Column<Tensor> {
  readonly id: string;
  readonly title: string;
  /** What it means, for who hovers over the title. */
  readonly meaning: string;
  /** Undefined where a tensor has none. */
  value(tensor: Tensor): number | undefined;
  text(value: number): string;
}

const number = (value: number): string => formatValue(value, 3);
const count = (value: number): string => (value === 0 ? '' : formatCount(value));

const size: Column<Pick<TensorSummary, 'bytes'>> = {
  id: 'bytes',
  title: l10n.t('Size'),
  meaning: l10n.t('Bytes of its elements'),
  value: ({ bytes }) => bytes,
  text: formatBytes,
};

/** Of one checkpoint, besides names, shapes and types. */
export const STATISTICS_COLUMNS: readonly Column<TensorSummary>[] = [
  size,
  {
    id: 'elements',
    title: l10n.t('Elements'),
    meaning: l10n.t('Product of the lengths of its axes'),
    value: elementsOf,
    text: formatCount,
  },
  {
    id: 'mean',
    title: l10n.t('Mean'),
    meaning: l10n.t('Of finite elements'),
    value: ({ stats }) => stats?.mean,
    text: number,
  },
  {
    id: 'std',
    title: l10n.t('Std'),
    meaning: l10n.t('Standard deviation of finite elements'),
    value: ({ stats }) => stats?.std,
    text: number,
  },
  {
    id: 'l2',
    title: l10n.t('Norm'),
    meaning: l10n.t('Square root of the sum of squares'),
    value: ({ stats }) => stats?.l2,
    text: number,
  },
  {
    id: 'absMax',
    title: l10n.t('Largest'),
    meaning: l10n.t('Largest magnitude'),
    value: ({ stats }) => stats?.absMax,
    text: number,
  },
  {
    id: 'zeros',
    title: l10n.t('Zeros'),
    meaning: l10n.t('Share of elements that are exactly zero'),
    value: ({ stats }) => stats && (stats.count === 0 ? 0 : stats.zeros / stats.count),
    text: (share) => (share === 0 ? '' : formatPercent(share)),
  },
  {
    id: 'nonFinite',
    title: l10n.t('Not finite'),
    meaning: l10n.t('Elements that are NaN or infinite'),
    value: ({ stats }) => stats && stats.nan + stats.inf,
    text: count,
  },
];

/** Of what became of a tensor in another checkpoint. */
export const CHANGE_COLUMNS: readonly Column<TensorComparison>[] = [
  size,
  {
    id: 'relative',
    title: l10n.t('Moved'),
    meaning: l10n.t('Norm of the difference over the norm before'),
    value: ({ change }) => change?.relative,
    text: (value) => (value < 10 ? `${formatValue(value * 100, 3)} %` : `${formatValue(value, 3)}×`),
  },
  {
    id: 'cosine',
    title: l10n.t('Cosine'),
    meaning: l10n.t('Of the angle between before and after'),
    value: ({ change }) => change?.cosine,
    text: (value) => formatValue(value, 5),
  },
  {
    id: 'largest',
    title: l10n.t('Largest'),
    meaning: l10n.t('Largest difference of an element'),
    value: ({ change }) => change?.largest,
    text: number,
  },
  {
    id: 'unchanged',
    title: l10n.t('Unchanged'),
    meaning: l10n.t('Share of elements that are what they were'),
    value: ({ change }) => change && (change.count === 0 ? 1 : change.unchanged / change.count),
    text: formatPercent,
  },
  {
    id: 'normBefore',
    title: l10n.t('Norm before'),
    meaning: l10n.t('Square root of the sum of squares'),
    value: ({ change }) => change?.normBefore,
    text: number,
  },
  {
    id: 'normAfter',
    title: l10n.t('Norm after'),
    meaning: l10n.t('Square root of the sum of squares'),
    value: ({ change }) => change?.normAfter,
    text: number,
  },
];

export interface SortOrder {
  readonly column: string;
  readonly descending: boolean;
}

/** Places of tensors in the order of a column; those without a number come last either way, NaN before them. */
export function sorted<Tensor>(
  tensors: readonly Tensor[],
  chosen: readonly number[],
  column: Column<Tensor>,
  descending: boolean,
): number[] {
  const values = new Map(chosen.map((index) => [index, column.value(tensors[index] as Tensor)]));
  const rank = (index: number): number => {
    const value = values.get(index);
    return value === undefined ? 2 : Number.isNaN(value) ? 1 : 0;
  };
  return [...chosen].sort((one, other) => {
    const ranks = rank(one) - rank(other);
    if (ranks !== 0 || rank(one) > 0) {
      return ranks;
    }
    const [a, b] = [values.get(one) as number, values.get(other) as number];
    return (descending ? b - a : a - b) || one - other;
  });
}

/** Places of tensors whose names hold all words, whatever their case. */
export function filtered(
  tensors: readonly { readonly name: string; readonly role: string }[],
  search: string,
): number[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return tensors.flatMap(({ name, role }, index) => {
    const text = `${name} ${role}`.toLowerCase();
    return words.every((word) => text.includes(word)) ? [index] : [];
  });
}
