import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { LevelHistory } from '../signals/levelHistory.js';
import { levelAtSteps } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, nameFirst, quantity } from './words.js';

/** An old task loses this share of its best ... */
const DROP = 0.1;
/** ... while another one gains as much of the full score. */
const GAIN = 0.2;
/** Having won back this share of what it lost, the old task has recovered. */
const RECOVERED = 0.8;
const FEWEST_EVALUATIONS = 8;

const ABOUT: About = {
  id: 'stability-gap',
  symptoms: ['data'],
  papers: [
    {
      title: 'Continual evaluation for lifelong learning: Identifying the stability gap',
      authors: 'De Lange et al.',
      year: 2023,
    },
  ],
  remedy: 'Log the accuracy of each task on its own (eval/<task>/accuracy), often around the switch.',
};

class TaskWatch {
  readonly signal: Signal;
  readonly history = new LevelHistory(256, 1);
  points = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push({ step, value }: Sample): void {
    if (Number.isFinite(value)) {
      this.points++;
      this.history.push(step, value);
    }
  }

  /** The greatest fall below the best so far. */
  get fall(): Fall | undefined {
    const { levels } = this.history;
    let best = 0;
    let found: Fall | undefined;
    for (const [index, { level, toStep }] of levels.entries()) {
      const high = levels[best]?.level ?? level;
      if (level > high) {
        best = index;
      } else if (high - level > (found === undefined ? 0 : found.best - found.low)) {
        found = { best: high, bestStep: levels[best]?.toStep ?? toStep, low: level, lowStep: toStep };
      }
    }
    return found;
  }
}

interface Fall {
  readonly best: number;
  readonly bestStep: number;
  readonly low: number;
  readonly lowStep: number;
}

class StabilityGapSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new TaskWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.tasks().length >= 2
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_EVALUATIONS} accuracies of two tasks or more (eval/*/accuracy)`);
  }

  findings(): readonly Finding[] {
    const tasks = this.tasks();
    const found = tasks.length < 2 ? [] : tasks.flatMap((task) => judge(task, tasks));
    return found.slice(0, 1);
  }

  private tasks(): readonly TaskWatch[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_EVALUATIONS);
  }
}

function judge(old: TaskWatch, tasks: readonly TaskWatch[]): Finding[] {
  const { fall, signal } = old;
  if (fall === undefined || fall.best - fall.low < DROP * fall.best) {
    return [];
  }
  const full = Math.max(...tasks.flatMap(({ history }) => history.levels.map(({ level }) => level))) > 1 ? 100 : 1;
  const { best, bestStep, low, lowStep } = fall;
  const [last, back] = [
    old.history.levels.at(-1),
    old.history.levels.find(({ level, fromStep }) => fromStep > lowStep && level - low >= RECOVERED * (best - low)),
  ];
  const until = back?.toStep ?? last?.toStep ?? lowStep;
  const newer = tasks.find(({ history }) => {
    const before = levelAtSteps(history.levels, bestStep, bestStep);
    const after = levelAtSteps(history.levels, until, until);
    // A task that is evaluated only from the switch on has come from wherever it was.
    return after - (Number.isNaN(before) ? (history.levels[0]?.level ?? 0) : before) >= GAIN * full;
  });
  if (newer === undefined) {
    return [];
  }
  const now = last?.level ?? low;
  const recovered = now - low >= RECOVERED * (best - low);
  return [
    findingAbout(
      ABOUT,
      signal,
      { fromStep: bestStep, toStep: recovered ? lowStep : (last?.toStep ?? lowStep), open: !recovered },
      {
        confidence: 0.6,
        title: recovered
          ? `${nameFirst(signal)} fell to ${quantity(low)} when another task was learned, and came back`
          : `${nameFirst(signal)} fell from ${quantity(best)} to ${quantity(now)} while another task was learned`,
        explanation:
          `${signal.series.tag} was ${quantity(best)} at ${at(signal, bestStep)} and ${quantity(low)} at ${at(signal, lowStep)}, while ${newer.signal.series.tag} rose. ` +
          (recovered
            ? `It is ${quantity(now)} again: the stability gap, a loss for a while that is usual after a switch of the data. It matters where the model is used in between.`
            : `It is ${quantity(now)} by now: the old task is being forgotten. Replaying some of its data, or a lower learning rate after the switch, holds it.`),
        otherCauses: ['The evaluation of the old task has changed (its data, its head, its preprocessing).'],
        evidence: [
          evidenceNear(signal, lowStep, low, { value: best, meaning: `best so far, at ${at(signal, bestStep)}` }),
        ],
      },
    ),
  ];
}

/** An old task loses when a new one is learned. */
export const stabilityGap: Monitor = {
  ...ABOUT,
  title: 'Stability gap and forgetting',
  needs: [['eval/*/accuracy']],
  uses: [],
  constants: [
    { name: 'DROP', value: DROP, meaning: 'share of its best that the old task loses', source: 'chosen' },
    {
      name: 'GAIN',
      value: GAIN,
      meaning: 'share of the full score that the other one gains meanwhile',
      source: 'chosen: the switch of the data shows in it',
    },
    {
      name: 'RECOVERED',
      value: RECOVERED,
      meaning: 'share of the loss that has been won back',
      source: 'chosen; the gap of De Lange et al. closes again',
    },
    { name: 'FEWEST_EVALUATIONS', value: FEWEST_EVALUATIONS, meaning: 'accuracies of a task', source: 'chosen' },
  ],
  silences: [
    'Tasks that are learned side by side and all gain.',
    'A task that loses while no other one gains: that is no switch.',
    'Losses of less than a tenth.',
  ],
  start: () => new StabilityGapSession(),
};
