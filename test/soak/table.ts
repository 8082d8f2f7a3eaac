import type { Trouble } from './life.js';
import type { Tally } from './main.js';
import type { Answers } from './soakedEngine.js';
import type { Trend } from './trend.js';

export interface SoakResult {
  readonly minutes: number;
  readonly runs: number;
  readonly seed: number;
  readonly cores: number;
  readonly tallies: ReadonlyMap<Trouble, Tally>;
  readonly answers: Answers;
  readonly kills: number;
  readonly clockJumps: number;
  readonly trend: Trend;
  readonly rejections: number;
  readonly complaints: number;
  /** Median and 95th percentile, in milliseconds. */
  readonly judgedMs: readonly number[];
}

/** The result in Markdown. */
export function reportTable(result: SoakResult): string {
  const { minutes, runs, seed, cores, answers, kills, clockJumps, trend, rejections, complaints, judgedMs } = result;
  const [median, slow] = judgedMs.map((value) => (value / 1000).toFixed(1));
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
  const facts: readonly (readonly [string, string])[] = [
    ['length', `${minutes} min, ${runs} runs at a time, seed ${seed}, ${cores} cores`],
    ['engine killed', `${kills} times`],
    ['engine’s clock set', `${clockJumps} times, by up to 48 h`],
    [
      'requests',
      `${answers.answered} answered, ${answers.cancelled} cancelled by us, ${answers.lostWithTheWorker} lost with a killed engine and told so, ${answers.gone} for what was gone, ${answers.unexpected.length} failed`,
    ],
    ['a finished log judged to its end', `after ${median} s (median), ${slow} s (95 %)`],
    [
      'memory of the engine’s thread',
      `${megabytes(trend.mean)} MB after collection, slope ${megabytes(trend.slope)} MB/min (95 %: ${megabytes(trend.low)} to ${megabytes(trend.high)}; ${trend.count} samples)`,
    ],
    ['unhandled rejections', String(rejections)],
    ['errors logged by the engine', String(complaints)],
  ];
  const rows = [...result.tallies].map(([trouble, tally]) => troubleRow(trouble, tally));
  return [
    tableOf(['', ''], facts),
    tableOf(
      [
        'what happened to the log',
        'runs',
        'findings lost',
        'findings too many',
        'planted faults found',
        'alarms on healthy runs',
      ],
      rows,
    ),
  ].join('\n\n');
}

function troubleRow(trouble: Trouble, tally: Tally): string[] {
  const { lives, lost, extra, planted, plantedFound, falseAlarms } = tally;
  const isWhole = planted > 0;
  return [
    trouble,
    String(lives),
    String(lost.length),
    String(extra.length),
    isWhole ? `${plantedFound} of ${planted}` : '–',
    isWhole ? String(falseAlarms.length) : '–',
  ];
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
