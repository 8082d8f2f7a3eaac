import type { Finding, NotEvaluated } from '../model/finding.js';
import type { RunConfiguration } from '../model/run.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import type { Level } from '../signals/levelHistory.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, quantity, times } from './words.js';

/** Times as much as any return could bring that no overestimation in health reaches. */
const MARGIN = 10;
/** Discount per step where the configuration tells none. */
const USUAL_DISCOUNT = 0.99;
/** Rows up to the newest that all lie beyond. */
const LASTING_ROWS = 5;
/** Growth over a quarter of the rows, and again over the next: faster than any power of the steps below the fifth. */
const RUNAWAY_GROWTH = 10;
const FEWEST_ROWS = 20;

const ABOUT: About = {
  id: 'value-blow-up',
  symptoms: ['divergence'],
  papers: [
    {
      title: 'Deep Reinforcement Learning and the Deadly Triad',
      authors: 'van Hasselt et al.',
      year: 2018,
    },
    { title: 'Deep Reinforcement Learning with Double Q-learning', authors: 'van Hasselt et al.', year: 2016 },
  ],
  remedy: 'Log the mean of the Q-values of each batch, with the return of the episodes beside it.',
};

/** `gamma`, `algo.gamma`, `discount_factor`, ... */
const DISCOUNT_KEY = /(^|[/._-])(gamma|discount|discount_factor)$/i;
/** Tags of rewards summed up over an episode, as against those of a step. */
const OF_EPISODE = /ep_|episod|return|score|cumulative|total|eprew/i;

/** Steps over which a discounted sum of rewards extends: 1 / (1 - γ). */
function horizonOf(configuration: RunConfiguration): number {
  const found = Object.entries(configuration).find(
    ([key, value]) => DISCOUNT_KEY.test(key) && typeof value === 'number' && value > 0 && value < 1,
  )?.[1];
  return 1 / (1 - (typeof found === 'number' ? found : USUAL_DISCOUNT));
}

/** From when on the values have been beyond all reason. */
interface BlowUp {
  readonly from: Level;
  readonly last: Level;
  /** What they have been above since then. */
  readonly bound: number;
}

class ValueBlowUpSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly values = new PerSeries((signal) => new FiniteLevels(signal));
  /** Largest size of a reward so far; undefined before the first. */
  private highestReward: number | undefined;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    const size = Math.abs(sample.value);
    if (sample.signal.role === 'q-value') {
      this.values.of(sample).push({ step: sample.step, value: size });
    } else if (Number.isFinite(size)) {
      const steps = OF_EPISODE.test(sample.signal.series.tag) ? 1 : horizonOf(this.run.configuration);
      this.highestReward = Math.max(this.highestReward ?? 0, steps * size);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.values.all.some(({ watcher }) => watcher.points >= FEWEST_ROWS)
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_ROWS} rows of q-value`);
  }

  findings(): readonly Finding[] {
    const blown = this.values.all.flatMap(({ signal, watcher }) => {
      const found = watcher.points >= FEWEST_ROWS ? this.blowUpOf(watcher.history.levels) : undefined;
      return found === undefined ? [] : [this.findingOf(signal, found)];
    });
    return blown.slice(0, 1);
  }

  private blowUpOf(levels: readonly Level[]): BlowUp | undefined {
    const horizon = horizonOf(this.run.configuration);
    const bound = MARGIN * Math.max(this.highestReward ?? 0, horizon);
    if (this.highestReward === undefined && !runsAway(levels)) {
      return undefined;
    }
    const since = levels.findLastIndex(({ level }) => level <= bound) + 1;
    const beyond = levels.slice(since);
    const [from, last] = [beyond[0], beyond.at(-1)];
    const lasting = beyond.reduce((sum, { points }) => sum + points, 0) >= LASTING_ROWS;
    return lasting && from !== undefined && last !== undefined ? { from, last, bound } : undefined;
  }

  private findingOf(signal: Signal, { from, last, bound }: BlowUp): Finding {
    const highest = this.highestReward;
    return findingAbout(
      ABOUT,
      signal,
      { fromStep: from.fromStep, toStep: last.toStep, open: true },
      {
        severity: 'warning',
        confidence: highest === undefined ? 0.8 : 0.9,
        title: `Q-values have run away: ${quantity(last.level)} in size since ${at(signal, from.fromStep)}`,
        explanation:
          `The Q-values have been above ${quantity(bound)} in size since ${at(signal, from.fromStep)} and are around ${quantity(last.level)} by now. ` +
          (highest === undefined
            ? `They grow more than ${times(RUNAWAY_GROWTH)} with every quarter of the rows; no reward is logged to compare them with.`
            : `A Q-value is the return that is to be expected, and ${returnsSoFar(highest, horizonOf(this.run.configuration))}: ` +
              'the critic learns from its own overestimates and no longer from the rewards.'),
        otherCauses: [
          'The target network is missing or copied too often, or the rate of the critic is too high.',
          'States after the end of an episode are bootstrapped from, or the discount is 1 or more.',
          'Rewards are scaled up for the critic by more than ten times what is logged: then the values are right.',
        ],
        evidence: [
          evidenceNear(signal, last.toStep, last.level, {
            value: bound,
            meaning: `${times(MARGIN)} what the rewards so far can bring`,
          }),
        ],
      },
    );
  }
}

function returnsSoFar(highest: number, horizon: number): string {
  return highest >= horizon
    ? `none so far was more than ${quantity(highest)} in size`
    : `with rewards up to 1 it cannot be more than ${quantity(horizon)}`;
}

/** Ten times in a quarter of the rows, and ten times again in the last. */
function runsAway(levels: readonly Level[]): boolean {
  const [half, threeQuarters, now] = [0.5, 0.75, 1].map((share) => levelBetween(levels, share - END_SHARE, share)) as [
    number,
    number,
    number,
  ];
  return threeQuarters >= RUNAWAY_GROWTH * half && now >= RUNAWAY_GROWTH * threeQuarters;
}

/** Share of the levels that stand for the moment at their end; not a threshold. */
const END_SHARE = 0.05;

/** A critic whose values have left what rewards can bring. */
export const valueBlowUp: Monitor = {
  ...ABOUT,
  title: 'Q-values run away',
  needs: [['q-value']],
  uses: ['reward'],
  constants: [
    {
      name: 'MARGIN',
      value: MARGIN,
      meaning: 'times the largest return so far, and times 1 / (1 - discount)',
      source:
        'values above 1 / (1 - discount) with rewards up to 1 are "soft divergence" (van Hasselt et al., 2018); overestimates in health stay below ten times it',
    },
    {
      name: 'USUAL_DISCOUNT',
      value: USUAL_DISCOUNT,
      meaning: 'discount per step where the configuration tells none',
      source: 'the default of DQN, DDPG, TD3 and SAC',
    },
    { name: 'LASTING_ROWS', value: LASTING_ROWS, meaning: 'newest rows beyond', source: 'chosen' },
    {
      name: 'RUNAWAY_GROWTH',
      value: RUNAWAY_GROWTH,
      meaning: 'growth over each of the last two quarters of the rows, where no reward is logged',
      source: 'values in health grow linearly with the updates of the target, then level off',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'Values that grow as high as the returns are, however fast.',
    'Values below ten times 1 / (1 - discount), whatever the rewards: rewards of mostly zero, entropy bonuses.',
    'A few rows that come back.',
    'Without a reward in the log, growth that slows down.',
  ],
  start: (run) => new ValueBlowUpSession(run),
};
