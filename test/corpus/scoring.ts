import type { Finding } from '../../src/model/finding.js';

/** Kinds of trouble in the words of the labelled corpus' score.py, and those that only the own runs have. */
const FITS = {
  nan: ['nan'],
  loss_zero: ['nan', 'loss_zero'],
  divergence: ['divergence', 'loss_spike', 'nan'],
  loss_spike: ['loss_spike', 'divergence'],
  grad_spike: ['grad_spike', 'loss_spike'],
  overfitting: ['overfitting'],
  plateau: ['plateau'],
  early_rise: ['divergence', 'loss_spike', 'early_rise'],
  gradient_vanishing: ['gradient_vanishing', 'plateau'],
  activations: ['activations'],
  policy_collapse: ['policy_collapse'],
  worker_mismatch: ['worker_mismatch'],
  resume: ['resume', 'loss_spike'],
  precision: ['precision', 'nan'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Kind = keyof typeof FITS;
export const KINDS = Object.keys(FITS) as readonly Kind[];

const KIND_OF_SYMPTOM: Readonly<Record<string, string>> = {
  'non-finite': 'nan',
  'gradient-spike': 'grad_spike',
  'gradient-exploding': 'grad_spike',
};

/** The label's word for one of the product's symptoms. */
export function kindOfSymptom(symptom: string): string {
  return KIND_OF_SYMPTOM[symptom] ?? symptom.replaceAll('-', '_');
}

export function isKind(word: string): word is Kind {
  return word in FITS;
}

/** A finding in the words of the labels; steps count what the labels count. */
export interface Prediction {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  /** Link of a story that is told under another kind: it names a label, and is no alarm of its own. */
  readonly link?: true;
}

export interface JudgedLabel {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
  /** The step from which on it can be seen: delays count from here. */
  readonly seenFrom: number;
  readonly sure: boolean;
}

export interface JudgedRun {
  readonly id: string;
  readonly healthy: boolean;
  readonly labels: readonly JudgedLabel[];
  /** Kinds that are neither wanted nor wrong. */
  readonly may: ReadonlySet<string>;
  /** The run was restarted in the middle: what follows from that is not wrong. */
  readonly restarted: boolean;
}

export interface KindScore {
  readonly found: number;
  readonly wanted: number;
  readonly wrong: number;
}

export interface Score {
  readonly kinds: ReadonlyMap<string, KindScore>;
  readonly healthy: number;
  /** Healthy runs with an alarm, and its kinds. */
  readonly alarmed: readonly string[];
  readonly missed: readonly string[];
  /** Alarms on runs with a fault that do not explain it. */
  readonly wrong: readonly string[];
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Labels are widened by this share of the labelled extent ... */
const SLACK_SHARE = 0.02;
/** ... and by so many steps at least. */
const SLACK_STEPS = 3;

/** Findings above a note, and the links of their stories, in the words of the labels. */
export function predictionsOf(findings: readonly Finding[], toLabelStep: (step: number) => number): Prediction[] {
  return findings
    .filter(({ severity }) => severity !== 'info')
    .flatMap(({ symptom, fromStep, toStep, chain = [] }) => [
      { kind: kindOfSymptom(symptom), from: toLabelStep(fromStep), to: toLabelStep(toStep) },
      ...chain.map((link) => ({
        kind: kindOfSymptom(link.symptom),
        from: toLabelStep(link.fromStep),
        to: toLabelStep(link.toStep),
        link: true as const,
      })),
    ]);
}

/** How far beyond a label's span a prediction may lie. */
export function slackOf({ labels }: JudgedRun): number {
  const ends = labels.flatMap(({ from, to }) => [from, to]).filter(Number.isFinite);
  return Math.max(SLACK_STEPS, ends.length === 0 ? 0 : SLACK_SHARE * (Math.max(...ends) - Math.min(...ends)));
}

/** Whether the prediction names the label rightly. */
export function names(prediction: Prediction, label: JudgedLabel, slack: number): boolean {
  return (
    (FITS[label.kind] as readonly string[]).includes(prediction.kind) &&
    prediction.from <= label.to + slack &&
    prediction.to >= label.from - slack
  );
}

/**
 * Counts per run and kind, so that a run with twelve spikes counts once: only labels of which their author is sure are
 * wanted; anything on a healthy run is a false alarm; on a run with a fault, kinds that explain none of its labels are
 * wrong. With `covered`, other labels do not count: a rule is judged on what it claims to see.
 */
export function scoreRuns(
  runs: readonly JudgedRun[],
  predictions: ReadonlyMap<string, readonly Prediction[]>,
  covered: readonly Kind[] = KINDS,
): Score {
  const kinds = new Map<string, { found: number; wanted: number; wrong: number }>();
  const of = (kind: string): { found: number; wanted: number; wrong: number } => {
    const known = kinds.get(kind) ?? { found: 0, wanted: 0, wrong: 0 };
    kinds.set(kind, known);
    return known;
  };
  const alarmed: string[] = [];
  const missed: string[] = [];
  const wrong: string[] = [];
  const read = runs.filter(({ id }) => predictions.has(id));
  for (const run of read) {
    const predicted = predictions.get(run.id) ?? [];
    const predictedKinds = new Set(predicted.flatMap(({ kind, link }) => (link ? [] : [kind])));
    if (run.healthy) {
      if (predictedKinds.size > 0) {
        alarmed.push(`${run.id}: ${[...predictedKinds].join(', ')}`);
        predictedKinds.forEach((kind) => of(kind).wrong++);
      }
      continue;
    }
    const slack = slackOf(run);
    const wanted = run.labels.filter(({ kind, sure }) => sure && covered.includes(kind));
    for (const kind of new Set(wanted.map((label) => label.kind))) {
      of(kind).wanted++;
      const hit = run.labels.some(
        (label) => label.kind === kind && predicted.some((prediction) => names(prediction, label, slack)),
      );
      if (hit) {
        of(kind).found++;
      } else {
        missed.push(`${run.id}: ${kind}`);
      }
    }
    const explained = new Set<string>([...run.may, ...run.labels.flatMap(({ kind }) => FITS[kind])]);
    for (const kind of predictedKinds) {
      if (isKind(kind) && !explained.has(kind) && !run.restarted && run.labels.length > 0) {
        of(kind).wrong++;
        wrong.push(`${run.id}: ${kind}`);
      }
    }
  }
  return {
    kinds,
    healthy: read.filter((run) => run.healthy).length,
    alarmed,
    missed,
    wrong,
    ...ratios([...kinds.values()]),
  };
}

/** Precision, recall and F1 of counts. */
export function ratios(counts: readonly KindScore[]): Pick<Score, 'precision' | 'recall' | 'f1'> {
  const sum = (of: keyof KindScore): number => counts.reduce((total, count) => total + count[of], 0);
  const precision = sum('found') / Math.max(1, sum('found') + sum('wrong'));
  const recall = sum('found') / Math.max(1, sum('wanted'));
  return { precision, recall, f1: (2 * precision * recall) / Math.max(1e-9, precision + recall) };
}
