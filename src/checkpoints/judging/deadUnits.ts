import { isEmbedding, isRead, listed, stepOf, trainedTensors } from './rule.js';
import type { CheckpointRule, JudgedCheckpoint, ReadTensor, Sighting } from './rule.js';

/** Zeros elsewhere than in dead rows: a pruned model has its zeros on purpose. */
const PRUNED = 0.05;
const LEAST_UNITS = 16;
/** Before so many steps a unit may only not have had its turn yet. */
const FIRST_STEPS = 100;
/** A unit that had none for so long is lost. */
const MANY_STEPS = 1000;

/** Rows of weights that are zero throughout, and rows that never had a gradient, in layers that otherwise learn. */
export const DEAD_UNITS: CheckpointRule = {
  id: 'dead-units',
  symptom: 'plasticity',
  judge: (checkpoint) => [...zeroRows(checkpoint), ...rowsWithoutGradient(checkpoint)],
};

function zeroRows(checkpoint: JudgedCheckpoint): Sighting[] {
  const matrices = trainedTensors(checkpoint).filter(isJudged);
  const isPruned = matrices.some(({ stats }) => {
    const dead = stats.rows ? stats.rows.dead * (stats.count / stats.rows.count) : 0;
    return stats.zeros < stats.count && (stats.zeros - dead) / stats.count > PRUNED;
  });
  return isPruned ? [] : told(matrices.filter(someRowsAreDead), 'zero');
}

/**
 * By Adam's second moment: a row of it is zero when no gradient ever came there. Where nobody can tell which parameter
 * it is of, it may be that of an embedding, whose rows wait for their tokens.
 */
function rowsWithoutGradient(checkpoint: JudgedCheckpoint): Sighting[] {
  const moments = checkpoint.tensors
    .filter(isRead)
    .filter(({ role, dtype }) => role === 'optimizer/exp_avg_sq' && dtype === 'f32')
    .flatMap((one) => (one.parameter === undefined ? [] : [{ ...one, name: one.parameter }]));
  const step = stepOf(checkpoint);
  return step < FIRST_STEPS
    ? []
    : told(
        moments.filter((one) => isJudged(one) && someRowsAreDead(one)),
        'gradient',
        step < MANY_STEPS,
      );
}

/** Rows of an embedding wait for their token, those of an expert for its turn; matrices of LoRA and of convolutions that begin at zero may stay there. */
function isJudged({ name, shape, stats }: ReadTensor): boolean {
  return (
    shape.length >= 2 &&
    (shape[0] ?? 0) >= LEAST_UNITS &&
    (shape[0] ?? 0) < 20_000 &&
    stats.rows !== undefined &&
    !isEmbedding(name) &&
    !/lora_|zero_conv|expert|router|gate\.weight|mask/i.test(name)
  );
}

function someRowsAreDead({ stats }: ReadTensor): boolean {
  return stats.rows !== undefined && stats.rows.dead > 0 && stats.rows.dead < stats.rows.count;
}

function told(found: readonly ReadTensor[], kind: 'zero' | 'gradient', isEarly = false): Sighting[] {
  if (found.length === 0) {
    return [];
  }
  const dead = found.reduce((sum, { stats }) => sum + (stats.rows?.dead ?? 0), 0);
  const all = found.reduce((sum, { stats }) => sum + (stats.rows?.count ?? 0), 0);
  const what = kind === 'zero' ? 'have weights of zero only' : 'have never had a gradient';
  return [
    {
      about: `${kind} ${found[0]?.name ?? ''}`,
      severity: dead / all > 0.1 && !isEarly ? 'warning' : 'info',
      confidence: kind === 'zero' ? 0.7 : 0.65,
      title: `${dead} of ${all} units ${what}: ${listed(found.map((one) => one.parameter ?? one.name))}`,
      explanation:
        `${found
          .map(
            ({ name, stats }) =>
              `${name}: ${stats.rows?.dead ?? 0} of ${stats.rows?.count ?? 0} rows, the first of them ${stats.rows?.firstDead.slice(0, 3).join(', ') ?? ''}`,
          )
          .slice(0, 4)
          .join('; ')}. ` +
        'Such units compute the same for every input and do not learn: ReLUs that died, most often after steps that were too large.',
      otherCauses: ['units that were pruned or masked on purpose', 'rows that padding has added'],
      evidence: found.map(({ name, role, stats }) => ({
        role,
        tag: name,
        value: stats.rows?.dead ?? 0,
        baseline: 0,
        baselineMeaning: 'dead units of a layer that learns',
        unit: 'units',
      })),
    },
  ];
}
