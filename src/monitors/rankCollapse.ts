import type { Signal } from '../model/signal.js';
import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import type { LastStretch } from '../signals/lastStretch.js';
import { lastStretch } from '../signals/lastStretch.js';
import { activationOf } from '../signals/layerNames.js';
import { levelBetween } from '../signals/levelShares.js';
import { lossFall, standsStill } from '../signals/lossFall.js';
import { RewardCourse } from '../signals/rewardCourse.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, quantity } from './words.js';

/** A rank that has come down to this share of what it was when the first rows had settled ... */
const LEFT_SHARE = 0.2;
/** ... or, logged as a share of the width, to this: one direction of fifty. */
const FEW_DIRECTIONS = 0.02;
/** Share of the rows over which it lasts, up to the newest. */
const LASTING_SHARE = 0.2;
/** A reward less far on the way from its start to its best has gained nothing. */
const UNREWARDED = 0.2;
/** Rows of a layer before it is judged. */
const FEWEST_ROWS = 10;

/** Levels kept of a layer: there may be thousands of layers. */
const LAYER_LEVELS = 32;

class RankWatch extends FiniteLevels {
  private highest = 0;

  constructor(signal: Signal) {
    super(signal, LAYER_LEVELS);
  }

  get layer(): string {
    return activationOf(this.signal.role).layer;
  }

  get settled(): number {
    return levelBetween(this.history.levels, 0.05, 0.15);
  }

  override push(point: { readonly step: number; readonly value: number }): void {
    this.highest = Math.max(this.highest, Number.isFinite(point.value) ? point.value : 0);
    super.push(point);
  }

  get collapse(): LastStretch | undefined {
    const few = this.highest <= 1 ? FEW_DIRECTIONS : 0;
    const stretch = lastStretch(this.history.levels, (level) => level <= Math.max(few, LEFT_SHARE * this.settled));
    return stretch !== undefined && stretch.share >= LASTING_SHARE ? stretch : undefined;
  }
}

class RankCollapseSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly reward = new RewardCourse();
  private readonly series = new PerSeries((signal) => new RankWatch(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role === 'reward') {
      this.reward.push(sample.step, sample.value);
    } else if (sample.signal.role.endsWith('/rank')) {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'rank-collapse',
          missing: [`activation/*/rank with at least ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const judged = this.judged();
    const collapsed = judged.flatMap((watch) =>
      watch.collapse === undefined ? [] : [{ watch, stretch: watch.collapse }],
    );
    const worst = collapsed.toSorted(
      (left, right) => left.stretch.level / left.watch.settled - right.stretch.level / right.watch.settled,
    )[0];
    if (worst === undefined) {
      return [];
    }
    const fromStep = Math.min(...collapsed.map(({ stretch }) => stretch.fromStep));
    const unrewarded = this.reward.standing(fromStep, worst.stretch.toStep) <= UNREWARDED;
    const fall = lossFall(this.run.derived, fromStep);
    if (!unrewarded && (fall === undefined || !standsStill(fall))) {
      return [];
    }
    const { watch, stretch } = worst;
    const { signal, settled } = watch;
    return [
      {
        id: `rank-collapse:${signal.series.tag}:${fromStep}`,
        monitor: 'rank-collapse',
        symptom: 'activations',
        severity: unrewarded ? 'warning' : 'info',
        confidence: unrewarded ? 0.65 : 0.5,
        fromStep,
        toStep: stretch.toStep,
        open: true,
        title: `The representation in ${watch.layer} has collapsed to few directions since ${at(signal, stretch.fromStep)}`,
        explanation:
          `The effective rank of its activations was ${quantity(settled)} when the run had settled and is ${quantity(stretch.level)} now; ` +
          `so in ${count(collapsed.length)} of ${count(judged.length)} layers (${listed(collapsed.map((layer) => layer.watch.layer))}): different inputs look nearly alike there. ` +
          (unrewarded
            ? 'The reward has gained next to nothing since then.'
            : 'The training loss has hardly fallen since then; a network that finds nothing to learn looks the same.'),
        otherCauses: [
          'A deep network without skip connections or normalisation mixes all inputs into one direction: then the rank is low from the first row on.',
          'Classifiers end with as many directions as classes and are healthy; then the loss has fallen far.',
          'The learning rate is too high: one step has pushed all activations the same way.',
        ],
        evidence: [
          evidenceNear(signal, stretch.toStep, stretch.level, {
            value: settled,
            meaning: 'level when the first rows had settled',
          }),
        ],
        papers: PAPERS,
      },
    ];
  }

  private judged(): readonly RankWatch[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

const PAPERS: readonly Paper[] = [
  { title: 'Loss of Plasticity in Deep Continual Learning', authors: 'Dohare et al.', year: 2023 },
];

const REMEDY =
  'Log the effective rank of the activations of each layer as a share of its width (activation/<layer>/rank): the exponential of the entropy of the normalised singular values.';

/**
 * Activations that span few directions while nothing is learned. A falling rank alone is what classifiers do when they
 * learn (as many directions as classes), so that only a loss or a reward that stands still with it makes it a finding;
 * with the loss it is a note, because a network that finds nothing to learn collapses, too.
 */
export const rankCollapse: Monitor = {
  id: 'rank-collapse',
  title: 'Collapsed representation',
  symptoms: ['activations'],
  needs: [['activation/*/rank'], ['train/loss', 'reward']],
  uses: [],
  constants: [
    {
      name: 'LEFT_SHARE',
      value: LEFT_SHARE,
      meaning: 'share of the settled rank that is left',
      source: 'chosen: Loss of Plasticity (catalogue 78) reports falling effective ranks without a bound',
    },
    {
      name: 'FEW_DIRECTIONS',
      value: FEW_DIRECTIONS,
      meaning: 'rank as a share of the width that is few from the first row on',
      source: 'chosen: one direction of fifty',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen',
    },
    {
      name: 'UNREWARDED',
      value: UNREWARDED,
      meaning: 'share of the way from its start to its best that the reward has made at most',
      source: 'as for entropy collapse',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a layer before it is judged', source: 'chosen' },
  ],
  silences: [
    'A rank that falls while the loss falls: classifiers end with as many directions as classes.',
    'A rank that falls after the loss has come down to less than half of its start.',
    'A rank that falls for some rows and comes back.',
    'Beside a loss that stands still it is a note: the collapse may be the effect.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: (run) => new RankCollapseSession(run),
};
