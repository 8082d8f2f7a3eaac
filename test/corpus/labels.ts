import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isKind, kindOfSymptom } from './scoring.js';
import type { JudgedLabel, JudgedRun } from './scoring.js';

/** A log file of a run, as it would lie on a disk. */
export interface RunFile {
  readonly path: string;
  readonly rank: number | undefined;
  readonly bytes: () => Uint8Array;
}

/** A run with what is known to be in it. */
export interface LabelledRun extends JudgedRun {
  readonly files: readonly RunFile[];
  /** Labels count the rows of the training loss, from 1, in place of the log's steps. */
  readonly countsRows: boolean;
}

/** Labelled runs that are scored together. */
export interface Corpus {
  readonly id: 'shared' | 'tuning' | 'reporting';
  readonly title: string;
  readonly runs: readonly LabelledRun[];
}

interface SharedRow {
  readonly file: string;
  readonly x: string;
  readonly labels: readonly {
    readonly kind: string;
    readonly step_from: number | null;
    readonly step_to: number | null;
    readonly confidence: 'sure' | 'likely';
  }[];
}

interface OwnRow {
  readonly run: string;
  readonly half: 'tuning' | 'reporting';
  readonly labels: readonly {
    readonly kind: string;
    readonly step_from: number | null;
    readonly step_to: number | null;
    /** From when on it can be seen, where that is later than its cause. */
    readonly seen_from?: number;
  }[];
  /** Symptoms that the cause explains as well. */
  readonly may: readonly string[];
}

/** Folder of the project's own runs. */
export const OWN_RUNS = path.join(import.meta.dirname, 'runs');

/** The folder of labelled real runs: `EVENKEEL_CORPUS`, or `../shared/corpus` beside the repository; undefined when absent. */
export function corpusFolder(): string | undefined {
  const folder = process.env['EVENKEEL_CORPUS'] ?? path.join(import.meta.dirname, '../../../shared/corpus');
  return existsSync(path.join(folder, 'LABELS.jsonl')) ? folder : undefined;
}

/** Runs of other people, labelled by hand. */
export function sharedCorpus(folder: string): Corpus {
  const runs = readRows<SharedRow>(folder).map(({ file, x, labels }): LabelledRun => {
    const fullPath = path.join(folder, file);
    return {
      id: file,
      ...judged(labels, new Set()),
      restarted: labels.some(({ kind }) => kind === 'restart'),
      countsRows: x.startsWith('ordinal'),
      files: [{ path: fullPath, rank: undefined, bytes: () => readFileSync(fullPath) }],
    };
  });
  return { id: 'shared', title: 'labelled runs of other people', runs };
}

/** A half of the runs that `training/make.py` trains; the thresholds were set on the tuning half alone. */
export function ownCorpus(half: 'tuning' | 'reporting'): Corpus {
  const runs = readRows<OwnRow>(OWN_RUNS)
    .filter((row) => row.half === half)
    .map(({ run, labels, may }): LabelledRun => ({
      id: run,
      ...judged(
        labels.map((label) => ({ ...label, kind: kindOfSymptom(label.kind), confidence: 'sure' as const })),
        new Set(may.map(kindOfSymptom)),
      ),
      restarted: false,
      countsRows: false,
      files: filesOf(path.join(OWN_RUNS, run)),
    }));
  return { id: half, title: `own runs, ${half} half`, runs };
}

type LabelRow = (SharedRow | OwnRow)['labels'][number] & {
  readonly confidence: 'sure' | 'likely';
  readonly seen_from?: number;
};

function judged(rows: readonly LabelRow[], may: ReadonlySet<string>): Pick<JudgedRun, 'healthy' | 'labels' | 'may'> {
  const labels = rows.flatMap(({ kind, step_from, step_to, confidence, seen_from }): JudgedLabel[] =>
    isKind(kind)
      ? [
          {
            kind,
            from: step_from ?? -Infinity,
            to: step_to ?? Infinity,
            seenFrom: seen_from ?? step_from ?? -Infinity,
            sure: confidence === 'sure',
          },
        ]
      : [],
  );
  return { labels, may, healthy: labels.length === 0 && rows.some(({ kind }) => kind === 'healthy') };
}

function filesOf(folder: string): readonly RunFile[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const file = path.join(folder, name);
      const rank = /^rank_(\d+)\./.exec(name)?.[1];
      return {
        path: file.replace(/\.gz$/, ''),
        rank: rank === undefined ? undefined : Number(rank),
        bytes: () => gunzipSync(readFileSync(file)),
      };
    });
}

function readRows<Row>(folder: string): readonly Row[] {
  return readFileSync(path.join(folder, 'LABELS.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Row);
}
