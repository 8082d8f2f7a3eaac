import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TrialCurve } from '../../contract/labProtocol.js';
import { Curves } from '../../lab/experiments/curves.js';

/** What is drawn of the arms of a trial; the lab logs them under these tags. */
const TRIAL_TAGS = ['eval/loss', 'train/loss', 'gradient-norm'] as const;

const METRICS = 'metrics.jsonl';

interface Read {
  readonly size: number;
  readonly curves: Curves;
}

/** Reads the curves of runs of the lab over and over while they grow; what has not grown is not read again. */
export class RunCurves {
  private readonly known = new Map<string, Read>();

  /**
   * The runs of one arm, each with another seed, as one curve for each tag.
   * @param folders of the runs; what cannot be read yet adds nothing.
   */
  async ofArm(folders: readonly string[]): Promise<Record<string, TrialCurve>> {
    const runs = await Promise.all(folders.map((folder) => this.read(folder)));
    const known = runs.filter((run) => run !== undefined);
    return Object.fromEntries(
      TRIAL_TAGS.flatMap((tag) => {
        const curve = overSeeds(known.map((curves) => ({ steps: curves.steps(tag), values: curves.values(tag) })));
        return curve.points > 0 ? [[tag, curve]] : [];
      }),
    );
  }

  private async read(folder: string): Promise<Curves | undefined> {
    const file = path.join(folder, METRICS);
    const before = this.known.get(file);
    try {
      const { size } = await stat(file);
      if (before?.size === size) {
        return before.curves;
      }
      const curves = Curves.parse(await readFile(file, 'utf8'));
      this.known.set(file, { size, curves });
      return curves;
    } catch {
      return before?.curves;
    }
  }
}

/** Mean and range over the runs that have a finite value at a step. */
export function overSeeds(
  runs: readonly { readonly steps: readonly number[]; readonly values: readonly number[] }[],
): TrialCurve {
  const at = new Map<number, number[]>();
  for (const { steps, values } of runs) {
    steps.forEach((step, index) => {
      const value = values[index] ?? NaN;
      if (Number.isFinite(value)) {
        at.set(step, [...(at.get(step) ?? []), value]);
      }
    });
  }
  const columns = [...at].sort(([one], [other]) => one - other);
  return {
    steps: columns.map(([step]) => step),
    mean: columns.map(([, values]) => values.reduce((sum, value) => sum + value, 0) / values.length),
    least: columns.map(([, values]) => Math.min(...values)),
    most: columns.map(([, values]) => Math.max(...values)),
    points: columns.reduce((sum, [, values]) => sum + values.length, 0),
  };
}
