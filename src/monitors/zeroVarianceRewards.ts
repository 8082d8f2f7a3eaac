import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { LevelHistory } from '../signals/levelHistory.js';
import { levelBetween } from '../signals/levelShares.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, rows } from './words.js';

/** Share of the groups without variance that is worth a note ... */
const MANY_GROUPS = 0.5;
/** ... and that leaves nothing to learn from. */
const NEARLY_ALL_GROUPS = 0.9;
/** A spread of the rewards below this share of its highest is none. */
const NO_SPREAD = 1e-6;
/** ... and one below this share is a small one. */
const SMALL_SPREAD = 0.1;
/** Rows in a row for which it lasts. */
const LASTING_ROWS = 20;
/** A reward that has come this far from its start to its best stands at its top. */
const AT_TOP = 0.9;

interface Stretch {
  readonly from: Sample;
  to: Sample;
  rows: number;
  /** What was usual in the rows before. */
  readonly before: number;
  readonly rewardAtTop: boolean;
}

/** The longest stretch of rows for which something holds. */
class LongestStretch {
  longest: Stretch | undefined;
  private current: Stretch | undefined;

  push(holds: boolean, sample: Sample, beginning: () => Pick<Stretch, 'before' | 'rewardAtTop'>): void {
    if (!holds) {
      this.current = undefined;
      return;
    }
    this.current ??= { from: sample, to: sample, rows: 0, ...beginning() };
    this.current.to = sample;
    this.current.rows++;
    if (this.current.rows > (this.longest?.rows ?? 0)) {
      this.longest = this.current;
    }
  }

  get lasting(): Stretch | undefined {
    return this.longest !== undefined && this.longest.rows >= LASTING_ROWS ? this.longest : undefined;
  }

  get ongoing(): boolean {
    return this.current !== undefined && this.current === this.longest;
  }
}

class VarianceWatch {
  readonly signal: Signal;
  points = 0;
  private readonly nearlyAll = new LongestStretch();
  private readonly many = new LongestStretch();
  private readonly recent = new RollingWindow(LASTING_ROWS);
  private readonly rewardAtTop: () => boolean;
  private readonly countsGroups: boolean;
  private highest = 0;

  constructor(signal: Signal, rewardAtTop: () => boolean) {
    this.signal = signal;
    this.rewardAtTop = rewardAtTop;
    this.countsGroups = signal.role === 'zero-variance-groups';
  }

  push(sample: Sample): void {
    const { value } = sample;
    if (!Number.isFinite(value)) {
      return;
    }
    this.points++;
    this.highest = Math.max(this.highest, value);
    const beginning = (): Pick<Stretch, 'before' | 'rewardAtTop'> => ({
      before: this.recent.median(),
      rewardAtTop: this.rewardAtTop(),
    });
    const dead = this.countsGroups ? value >= NEARLY_ALL_GROUPS : value <= NO_SPREAD * this.highest;
    this.nearlyAll.push(dead, sample, beginning);
    this.many.push(this.countsGroups && value >= MANY_GROUPS, sample, beginning);
    this.recent.push(value);
  }

  findings(): readonly Finding[] {
    const dead = this.nearlyAll.lasting;
    const many = this.many.lasting;
    if (dead !== undefined) {
      return [this.findingOf(dead, this.nearlyAll.ongoing, this.isTooEasy(dead) ? 'info' : 'warning')];
    }
    return many === undefined ? [] : [this.findingOf(many, this.many.ongoing, 'info')];
  }

  /** The groups lost their variance little by little while the reward reached its top: the prompts are solved. */
  private isTooEasy({ before, rewardAtTop }: Stretch): boolean {
    return rewardAtTop && (this.countsGroups ? before >= MANY_GROUPS : before <= SMALL_SPREAD * this.highest);
  }

  private findingOf(stretch: Stretch, open: boolean, severity: 'info' | 'warning'): Finding {
    const { signal } = this;
    const { from, to, before } = stretch;
    const easy = severity === 'info' && this.isTooEasy(stretch);
    const share = this.countsGroups ? `${percent(to.value)} of the groups` : 'The groups';
    return {
      id: `zero-variance-rewards:${signal.series.tag}:${signal.series.rank ?? 0}:${from.segment}:${from.step}`,
      monitor: 'zero-variance-rewards',
      symptom: 'policy-collapse',
      severity,
      confidence: severity === 'warning' ? 0.9 : 0.6,
      fromStep: from.step,
      toStep: to.step,
      open,
      title:
        severity === 'warning'
          ? `Rewards do not differ within a group since ${at(signal, from.step)}: nothing is learned`
          : `Many groups have rewards that do not differ since ${at(signal, from.step)}`,
      explanation:
        `${share} have the same reward for every answer, for ${rows(stretch.rows)} since ${at(signal, from.step)}` +
        `${Number.isFinite(before) ? ` (${quantity(before)} was usual for ${signal.series.tag} before)` : ''}. ` +
        'An advantage relative to the group is zero there, and so is the gradient.' +
        (easy ? ' It came little by little with a reward at its top: the prompts have become too easy.' : ''),
      otherCauses: [
        'The reward function gives everybody the same (an answer format that it cannot parse, a constant, a clipped or failing service).',
        'The prompts are all solved or all hopeless: drop or resample them.',
        'The policy has collapsed to one answer: look at the entropy and at samples.',
      ],
      evidence: [
        evidenceOf(
          signal,
          to.step,
          to.value,
          Number.isFinite(before)
            ? { value: before, meaning: `median of up to ${LASTING_ROWS} rows before` }
            : undefined,
        ),
      ],
      papers: [{ title: 'COPO: Consistency-Aware Policy Optimization', authors: 'Han et al.', year: 2025 }],
    };
  }
}

class ZeroVarianceSession implements MonitorSession {
  private readonly reward = new LevelHistory(128);
  private readonly series = new PerSeries((signal) => new VarianceWatch(signal, () => this.rewardAtTop()));

  consume(sample: Sample): void {
    if (sample.signal.role !== 'reward') {
      this.series.of(sample).push(sample);
    } else if (Number.isFinite(sample.value)) {
      this.reward.push(sample.step, sample.value);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.points >= LASTING_ROWS)
      ? undefined
      : {
          monitor: 'zero-variance-rewards',
          missing: [`at least ${LASTING_ROWS} rows of zero-variance-groups or reward-std`],
          remedy: 'Wait for more rows, or log the spread of the rewards at every step.',
        };
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }

  private rewardAtTop(): boolean {
    const { levels } = this.reward;
    const start = levelBetween(levels, 0, 0.05);
    const best = Math.max(...levels.map(({ level }) => level));
    return best > start && levelBetween(levels, 0.95, 1) >= start + AT_TOP * (best - start);
  }
}

/** Group-relative policy optimisation whose groups have nothing to compare. */
export const zeroVarianceRewards: Monitor = {
  id: 'zero-variance-rewards',
  title: 'Rewards without variance',
  symptoms: ['policy-collapse'],
  needs: [['zero-variance-groups', 'reward-std']],
  uses: ['reward'],
  constants: [
    {
      name: 'MANY_GROUPS',
      value: MANY_GROUPS,
      meaning: 'share of the groups without variance that is worth a note',
      source: 'proposed for several steps in a row, after COPO',
    },
    {
      name: 'NEARLY_ALL_GROUPS',
      value: NEARLY_ALL_GROUPS,
      meaning: 'share that leaves nothing to learn from',
      source: 'chosen',
    },
    {
      name: 'NO_SPREAD',
      value: NO_SPREAD,
      meaning: 'share of the highest spread that counts as zero',
      source: "COPO's test is a spread of exactly zero; rounding is allowed for",
    },
    {
      name: 'SMALL_SPREAD',
      value: SMALL_SPREAD,
      meaning: 'share of the highest spread that is small',
      source: 'chosen',
    },
    { name: 'LASTING_ROWS', value: LASTING_ROWS, meaning: 'rows in a row', source: 'chosen: single batches do happen' },
    {
      name: 'AT_TOP',
      value: AT_TOP,
      meaning: 'share of the way from its start to its best at which a reward stands at its top',
      source: 'chosen',
    },
  ],
  silences: [
    'Single batches whose groups all agree.',
    'Fewer than half of the groups without variance: usual with rewards of 0 and 1.',
    'Prompts that are solved one by one until hardly any is left: a note.',
    'Small but lasting differences of shaped rewards.',
  ],
  papers: [],
  remedy: 'Log the share of groups whose rewards are all equal (frac_reward_zero_std), or reward_std.',
  start: () => new ZeroVarianceSession(),
};
