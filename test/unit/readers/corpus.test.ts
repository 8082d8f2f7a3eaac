import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../../src/readers/formats.js';
import { headOf, readAll, type RecordingSink } from './recordingSink.js';

/** Real logs of other people's runs, where they are at hand; they are no part of the project. */
const CORPUS = process.env['EVENKEEL_CORPUS'] ?? path.resolve('../shared/corpus');
const LABELS = path.join(CORPUS, 'LABELS.jsonl');

interface Count {
  readonly tag: string;
  readonly points: number;
}

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

/** Counts the points of the loss in a few lines that share nothing with the readers. */
function independentCount(file: string, text: string): Count {
  if (file.endsWith('.log.json')) {
    return { tag: 'loss', points: matches(text, /^\{"mode": "train".*"loss": /gm) };
  }
  if (file.endsWith('trainer_state.json')) {
    const state = JSON.parse(text) as { log_history: Record<string, number>[] };
    return { tag: 'loss', points: state.log_history.filter((row) => 'loss' in row).length };
  }
  if (file.includes('golden_values')) {
    const golden = JSON.parse(text.replace(/\bNaN\b/g, '0')) as { 'lm loss': { values: Record<string, unknown> } };
    return {
      tag: 'lm loss',
      points: Object.values(golden['lm loss'].values).filter((value) => value !== 'nan').length,
    };
  }
  if (file.endsWith('.csv')) {
    return countColumn(text);
  }
  if (text.includes('%|') && /it\/s, loss=|s\/it, loss=/.test(text)) {
    return { tag: 'loss', points: countBars(text) };
  }
  return countLines(text);
}

function countColumn(text: string): Count {
  const plain = text.replace(/"(?:[^"]|"")*"/g, 'quoted');
  const [header = '', ...rows] = plain.split('\n').filter((row) => row !== '');
  const names = header.split(',');
  const tag = names.find((name) => ['train_loss', 'train/loss', 'train/step_loss'].includes(name)) ?? '';
  const column = names.indexOf(tag);
  return { tag, points: rows.filter((row) => (row.split(',')[column] ?? '') !== '').length };
}

/** A bar is drawn many times at each step: steps are counted, not drawings. */
function countBars(text: string): number {
  const bars = text.split('\r').filter((drawing) => drawing.includes(', loss='));
  const steps = bars.map((bar) => /step=(\d+)/.exec(bar)?.[1] ?? / (\d+)\/\d+ \[/.exec(bar)?.[1]);
  return steps.filter((step, index) => step !== steps[index - 1]).length;
}

const LINES: readonly (readonly [tag: string, line: RegExp])[] = [
  ['loss', /^iter \d+: loss /gm],
  ['trl', /^s:\d+ trl:/gm],
  ['Cost', /: Cost /g],
  ['loss', /^loss at \d+ /gm],
  ['lm loss', /lm loss: \d/g],
  ['loss', /\| train_inner \| /g],
  ['avg_loss', /^\[train step \d+\] /gm],
  ['train_loss', /^step:\d+\/\d+ train_loss:/gm],
  ['avg_train_loss', /^step:\d+\/.* avg_train_loss:/gm],
  ['val_loss', /^step:\d+\/\d+ val_loss:/gm],
  ['val loss', /^step +\d+\/\d+ \|.*\| val loss: /gm],
];

function countLines(text: string): Count {
  const counts = LINES.map(([tag, line]) => ({ tag, points: matches(text, line) }));
  return counts.find(({ points }) => points > 0) ?? { tag: '', points: 0 };
}

function read(file: string): RecordingSink | string {
  const bytes = new Uint8Array(readFileSync(path.join(CORPUS, file)));
  const answer = recogniseFormat(headOf(file, bytes));
  return 'refused' in answer ? answer.refused : readAll(answer.format, bytes, [1_000_003]);
}

describe.skipIf(!existsSync(LABELS))('real logs', () => {
  const files = existsSync(LABELS)
    ? readFileSync(LABELS, 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { file: string }).file)
    : [];

  it.each(files)('%s has as many points of its loss as an independent count', (file) => {
    const sink = read(file);
    const { tag, points } = independentCount(file, readFileSync(path.join(CORPUS, file), 'utf8'));
    expect(points).toBeGreaterThan(0);
    expect(typeof sink === 'string' ? sink : sink.values(tag).length).toBe(points);
  });

  it('W&B run files hold what was logged', () => {
    const whole = read('wandb/whole.wandb') as RecordingSink;
    expect(whole.problems).toEqual([]);
    expect(whole.outcome).toBe('finished');
    expect(whole.steps('train/loss')).toEqual(Array.from({ length: 300 }, (_, step) => step));
    whole.values('train/loss').forEach((value, step) => {
      expect(value).toBeCloseTo(2 + Math.exp(-step / 50) + (step === 200 ? 5 : 0), 12);
    });
    expect(whole.values('train/grad_norm')[30]).toBeNaN();
    expect(whole.values('train/grad_norm')[31]).toBe(Infinity);
    expect(whole.values('train/grad_norm')[32]).toBeCloseTo(1 + (32 % 7) / 10, 12);
    expect(whole.steps('eval/loss')).toEqual([0, 50, 100, 150, 200, 250]);
    expect(whole.settings['lr']).toBe(0.0003);
  });

  it('a W&B run file that was cut by a kill holds what had reached the disk', () => {
    const killed = read('wandb/killed.wandb') as RecordingSink;
    expect(killed.values('train/loss').length).toBeGreaterThan(3000);
    expect(killed.outcome).toBeUndefined();
    expect(killed.problems).toHaveLength(1);
  });
});
