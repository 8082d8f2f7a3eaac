import type { Evidence, Finding, Paper, Severity } from '../../model/finding.js';
import type { Symptom } from '../../model/symptom.js';
import type { PlainValue, TensorStatistics, TensorSummary } from '../../model/tensor.js';
import type { Checkpoint } from '../checkpoint.js';

/** A checkpoint whose tensors have been read, for judgement. */
export interface JudgedCheckpoint extends Pick<Checkpoint, 'suspicions' | 'values'> {
  readonly tensors: readonly TensorSummary[];
}

/** A tensor that has been read. */
export type ReadTensor = TensorSummary & { readonly stats: TensorStatistics };

/** What one checkpoint can show: one file for each rule, all in {@link CHECKPOINT_RULES}. */
export interface CheckpointRule {
  readonly id: string;
  readonly symptom: Symptom;
  judge(checkpoint: JudgedCheckpoint): readonly Sighting[];
}

/** What a rule has seen; with the rule and the step it becomes a finding. */
export interface Sighting {
  /** What it is about: a tensor, a group of them. Tells the findings of one rule apart. */
  readonly about: string;
  readonly severity: Severity;
  readonly confidence: number;
  readonly title: string;
  readonly explanation: string;
  readonly otherCauses: readonly string[];
  readonly evidence: readonly Omit<Evidence, 'step'>[];
  readonly papers?: readonly Paper[];
}

/** Evidence that is listed; more of the same are counted in the text. */
const MOST_EVIDENCE = 12;

export function findingOf(id: string, symptom: Symptom, step: number, sighting: Sighting): Finding {
  const { about, evidence, papers = [], ...told } = sighting;
  return {
    id: `${id}:${about}`,
    monitor: id,
    symptom,
    fromStep: step,
    toStep: step,
    open: true,
    ...told,
    evidence: evidence.slice(0, MOST_EVIDENCE).map((one) => ({ ...one, step })),
    papers,
  };
}

const STEP_NAMES = /(^|\.)(global_?steps?|step|steps|iteration|iter|it|num_updates|trainer_step|current_step)$/i;

/** The step at which it was saved, as far as it says so; 0 else. */
export function stepOf(checkpoint: Pick<JudgedCheckpoint, 'values' | 'tensors'>): number {
  return namedStep(checkpoint) ?? Math.max(0, ...optimizerSteps(checkpoint).map(({ step }) => step));
}

/** The step that stands in the checkpoint under a name of its own. */
export function namedStep({ values }: Pick<JudgedCheckpoint, 'values'>): number | undefined {
  for (const [name, value] of values) {
    const step = STEP_NAMES.test(name) && !name.includes('state.') ? counted(value) : undefined;
    if (step !== undefined) {
      return step;
    }
  }
  return undefined;
}

/** Metadata of safetensors are texts, numbers among them. */
function counted(value: PlainValue): number | undefined {
  const step = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 ? step : undefined;
}

/** The counters that an optimizer keeps for each parameter. */
export function optimizerSteps({
  values,
  tensors,
}: Pick<JudgedCheckpoint, 'values' | 'tensors'>): { readonly name: string; readonly step: number }[] {
  const ofTensors = tensors
    .filter(isRead)
    .filter(({ role, stats }) => role === 'optimizer/step' && stats.count === 1 && Number.isFinite(stats.min))
    .map(({ name, stats }) => ({ name, step: stats.min }));
  const ofValues = [...values].flatMap(([name, value]) =>
    /(^|\.)state\..*\.step$/.test(name) && typeof value === 'number' ? [{ name, step: value }] : [],
  );
  return [...ofTensors, ...ofValues];
}

export function isRead(tensor: TensorSummary): tensor is ReadTensor {
  return tensor.stats !== undefined;
}

/** Read tensors of floating-point numbers that are trained. */
export function trainedTensors({ tensors }: Pick<JudgedCheckpoint, 'tensors'>): ReadTensor[] {
  return tensors.filter(isRead).filter(({ role, dtype }) => role === 'weight' && isFloat(dtype));
}

export function isFloat(dtype: string): boolean {
  return /^(b?f\d)/.test(dtype);
}

/** Tables that are looked up by row, of which rows may never be asked for. */
export function isEmbedding(name: string): boolean {
  return /embed|relative_attention_bias|bias_table|bucket|(^|\.)shared(\.weight)?$|(^|[._])(wte|wpe|lookup|lm_head|token|vocab|emb|codebook|word_|position)/i.test(
    name,
  );
}

/** Root mean square of the finite elements. */
export function rms({ stats }: ReadTensor): number {
  return stats.l2 / Math.sqrt(Math.max(1, stats.count - stats.nan - stats.inf));
}

/** Tensors of the same shape at the same place of several layers: "layers.*.mlp.weight". */
export function peerGroups(tensors: readonly ReadTensor[], leastMembers = 4): ReadTensor[][] {
  const groups = new Map<string, ReadTensor[]>();
  for (const tensor of tensors) {
    const key = `${tensor.role} ${tensor.name.replace(/(^|[._/])\d+(?=[._/]|$)/g, '$1*')} ${tensor.shape.join('x')}`;
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  return [...groups.values()].filter((group) => group.length >= leastMembers);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** "a, b, c and 4 more". */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A number in a sentence. */
export function inWords(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
