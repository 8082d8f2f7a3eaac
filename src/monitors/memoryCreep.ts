import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Role } from '../model/role.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, rows } from './words.js';

/** Share by which the memory has grown once the first rows are over. */
const GROWTH = 0.1;
/** The last part must still hold this share of an even growth: what settles is a cache that fills. */
const STILL_GROWING = 0.5;
/** The first rows, as a share of all, in which caches and optimizer states are made. */
const SETTLED_SHARE = 0.2;
/** Parts of the rest, each higher than the one before. */
const PARTS = 4;
const FEWEST_ROWS = 100;

const ABOUT: About = {
  id: 'memory-creep',
  symptoms: ['hardware'],
  papers: [],
  remedy: 'Log the memory in use, of the GPU or of the process.',
};

function judge(course: FiniteLevels): Finding[] {
  const { signal, points } = course;
  if (points < FEWEST_ROWS) {
    return [];
  }
  const { levels } = course.history;
  const share = (part: number): number => SETTLED_SHARE + ((1 - SETTLED_SHARE) * part) / PARTS;
  const parts = Array.from({ length: PARTS }, (_, part) => levelBetween(levels, share(part), share(part + 1)));
  const [first = Number.NaN] = parts;
  const last = parts.at(-1) ?? Number.NaN;
  const steps = parts.slice(1).map((level, index) => level - (parts[index] ?? Number.NaN));
  const even = (last - first) / (PARTS - 1);
  const grows = last >= (1 + GROWTH) * first && steps.every((step) => step > 0);
  if (!grows || (steps.at(-1) ?? 0) < STILL_GROWING * even) {
    return [];
  }
  const settled = levels[Math.floor(SETTLED_SHARE * levels.length)];
  const [fromStep, toStep] = [settled?.fromStep ?? Number.NaN, levels.at(-1)?.toStep ?? Number.NaN];
  return [
    findingAbout(
      ABOUT,
      signal,
      { fromStep, toStep, open: true },
      {
        confidence: 0.6,
        title: `Memory keeps growing: ${signal.series.tag} is up ${percent(last / first - 1)} since ${at(signal, fromStep)}`,
        explanation:
          `${signal.series.tag} rose from about ${quantity(first)} to about ${quantity(last)} between ${at(signal, fromStep)} and ${at(signal, toStep)}, ` +
          'at about the same pace to the end. Training needs the same memory in every step, so something is kept that should be let go.',
        otherCauses: [
          'Losses or outputs gathered with their graph (append loss.item(), not loss).',
          'Growing sequences, buffers of episodes, or caches that have not filled yet.',
          'Memory that the data loader’s workers share is counted more than once (RSS).',
        ],
        evidence: [
          evidenceNear(signal, toStep, last, {
            value: first,
            meaning: `level of the rows after the first ${percent(SETTLED_SHARE)}`,
          }),
        ],
      },
    ),
  ];
}

/** What is in use, rather than the highest so far, which only rises, or what is free, which only falls. */
function isMemoryInUse(role: Role): boolean {
  return role.endsWith('/memory') || role === 'memory/used' || role === 'memory/process';
}

class MemoryCreepSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new FiniteLevels(signal));

  consume(sample: Sample): void {
    if (isMemoryInUse(sample.signal.role)) {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.points >= FEWEST_ROWS)
      ? undefined
      : notEnough(ABOUT, `at least ${rows(FEWEST_ROWS)} of memory in use (gpu/*/memory or memory/used)`);
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => judge(watcher));
  }
}

/** Memory in use that grows to the end. */
export const memoryCreep: Monitor = {
  ...ABOUT,
  title: 'Memory keeps growing',
  needs: [['gpu/*/*', 'memory/*']],
  uses: [],
  constants: [
    {
      name: 'GROWTH',
      value: GROWTH,
      meaning: 'relative growth after the first rows',
      source: 'chosen, twice the 5 % of SageMaker Debugger’s GPUMemoryIncrease: allocators keep a few percent',
    },
    {
      name: 'STILL_GROWING',
      value: STILL_GROWING,
      meaning: 'growth of the last part as a share of an even growth',
      source: 'chosen: caches fill and stop',
    },
    {
      name: 'SETTLED_SHARE',
      value: SETTLED_SHARE,
      meaning: 'share of the rows that are not judged',
      source: 'chosen: optimizer states and caches are made in the first steps',
    },
    { name: 'PARTS', value: PARTS, meaning: 'parts of the rest, each above the one before', source: 'chosen' },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'The first fifth of the rows, in which caches fill and optimizer states are made.',
    'Growth that flattens: a cache that filled.',
    'Memory that rises for an evaluation and falls again.',
    'The highest memory so far (max_allocated), which only rises: it is not read as memory in use.',
  ],
  start: () => new MemoryCreepSession(),
};
