import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { at, count, listed, quantity, rows } from './words.js';

/** Rows of the others that a rank is behind at least: files are written in blocks ... */
const LAG_ROWS = 50;
/** ... which are this share of theirs ... */
const LAG_SHARE = 0.2;
/** ... or so many. */
const LONG_LAG_ROWS = 1000;
/** Rows of its own that a rank must have, so that one knows how often it writes. */
const FEWEST_ROWS = 10;

interface RankProgress {
  readonly signal: Signal;
  segment: number;
  firstStep: number;
  step: number;
  rows: number;
  value: number;
  wallTime: number;
}

class StalledRankSession implements MonitorSession {
  /** Tag → rank → where its newest row stands. */
  private readonly tags = new Map<string, Map<number, RankProgress>>();

  consume({ signal, step, value, wallTime, segment }: Sample): void {
    const { tag, rank } = signal.series;
    if (rank === undefined) {
      return;
    }
    let ranks = this.tags.get(tag);
    if (ranks === undefined) {
      ranks = new Map();
      this.tags.set(tag, ranks);
    }
    const known = ranks.get(rank);
    if (known === undefined) {
      ranks.set(rank, { signal, segment, firstStep: step, step, rows: 1, value, wallTime });
    } else {
      if (known.segment !== segment) {
        known.segment = segment;
        known.firstStep = step;
        known.rows = 0;
      }
      known.step = step;
      known.rows++;
      known.value = value;
      known.wallTime = wallTime;
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'stalled-rank',
          missing: [`the same number from at least 2 ranks, ${FEWEST_ROWS} rows from each`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    return this.judged().flatMap(findingsOf).slice(0, 1);
  }

  /** Ranks of each tag that several of them log; after a restart, those that have begun anew. */
  private judged(): readonly (readonly RankProgress[])[] {
    return [...this.tags.values()]
      .map((ranks) => {
        const all = [...ranks.values()];
        const newest = Math.max(...all.map(({ segment }) => segment));
        return all.filter((progress) => progress.segment === newest && progress.rows >= FEWEST_ROWS);
      })
      .filter(({ length }) => length > 1);
  }
}

function findingsOf(ranks: readonly RankProgress[]): readonly Finding[] {
  const ahead = ranks.reduce((best, rank) => (rank.step > best.step ? rank : best));
  const stalled = ranks
    .filter((rank) => {
      const lag = (ahead.step - rank.step) / Math.max(strideOf(rank), strideOf(ahead));
      return lag >= Math.max(LAG_ROWS, Math.min(LAG_SHARE * ahead.rows, LONG_LAG_ROWS));
    })
    .toSorted((left, right) => left.step - right.step);
  const [first] = stalled;
  if (first === undefined) {
    return [];
  }
  const { signal, step } = first;
  const names = stalled.map((rank) => `rank ${count(rank.signal.series.rank ?? 0)}`);
  const seconds = ahead.wallTime - first.wallTime;
  return [
    {
      id: `stalled-rank:${signal.series.tag}:${signal.series.rank ?? 0}:${step}`,
      monitor: 'stalled-rank',
      symptom: 'worker-mismatch',
      severity: 'warning',
      confidence: 0.7,
      fromStep: step,
      toStep: ahead.step,
      open: true,
      title: `${listed(names).replace(/^r/, 'R')} ${stalled.length === 1 ? 'has' : 'have'} logged nothing since ${at(signal, step)}`,
      explanation:
        `The newest row of ${signal.series.tag} from rank ${count(signal.series.rank ?? 0)} is that of ${at(signal, step)}` +
        `${seconds > 0 ? `, ${quantity(seconds)} seconds before the newest of all` : ''}; rank ${count(ahead.signal.series.rank ?? 0)} is at ${count(ahead.step)}, ${rows(Math.round((ahead.step - step) / strideOf(ahead)))} further. ` +
        `${count(ranks.length - stalled.length)} of ${count(ranks.length)} ranks go on. In a job that averages gradients over all ranks a rank that stands still stops the others, unless they go on without it.`,
      otherCauses: [
        'The process of this rank has ended or hangs; its own output tells why.',
        'Its log could not be written any more (a full disk, a lost mount), while it trains on.',
        'The job was started again with fewer ranks.',
      ],
      evidence: [evidenceOf(signal, step, first.value), evidenceOf(ahead.signal, ahead.step, ahead.value)],
      papers: [],
    },
  ];
}

/** Steps between the rows of a rank. */
function strideOf({ firstStep, step, rows: written }: RankProgress): number {
  return (step - firstStep) / Math.max(1, written - 1);
}

const REMEDY = 'On several workers, let each rank log to a file of its own.';

/** Ranks whose log ends while those of the others go on. */
export const stalledRank: Monitor = {
  id: 'stalled-rank',
  title: 'A rank that stands still',
  symptoms: ['worker-mismatch'],
  needs: [['train/loss', 'gradient-norm', 'step-time', 'worker-direction']],
  uses: [],
  constants: [
    {
      name: 'LAG_ROWS',
      value: LAG_ROWS,
      meaning: 'rows that a rank is behind, at the pace of whichever of the two writes less often',
      source: 'chosen: loggers write in blocks of tens of rows',
    },
    {
      name: 'LAG_SHARE',
      value: LAG_SHARE,
      meaning: 'share of the rows of the rank ahead that the lag is',
      source: 'chosen: while a job starts, blocks are a large part of what is there',
    },
    {
      name: 'LONG_LAG_ROWS',
      value: LONG_LAG_ROWS,
      meaning: 'rows of lag that need not be that share',
      source: 'chosen: two minutes, after which TensorBoard writes, of about eight rows a second',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a rank before it is judged', source: 'chosen' },
  ],
  silences: [
    'A rank that writes less often than the others.',
    'A lag of some rows: files are written in blocks.',
    'Numbers that one rank logs alone.',
    'A rank whose log has not begun anew after a restart of the others: its file may be left over.',
  ],
  papers: [],
  remedy: REMEDY,
  start: () => new StalledRankSession(),
};
