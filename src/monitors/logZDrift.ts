import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { lastStretch } from '../signals/lastStretch.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, quantity } from './words.js';

/** Nats from where it began at which log Z is worth a note ... */
const NOTED_DRIFT = 30;
/** ... and a look: there bfloat16 numbers are a whole nat apart. */
const COARSE_DRIFT = 128;
/** Share of the drift that happened from the third to the last quarter of the run: it goes on. */
const NEWEST_SHARE = 0.1;
/** Rows before the first judgement. */
const FEWEST_ROWS = 20;

class LogZSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new FiniteLevels(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : { monitor: 'log-z-drift', missing: [`at least ${FEWEST_ROWS} rows of log-z`], remedy: REMEDY };
  }

  findings(): readonly Finding[] {
    return this.judged().slice(0, 1).flatMap(findingsOf);
  }

  private judged(): readonly FiniteLevels[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

function findingsOf({ signal, history: { levels } }: FiniteLevels): readonly Finding[] {
  const start = levelBetween(levels, 0, 0.05);
  const now = levelBetween(levels, 0.95, 1);
  const drift = now - start;
  const quarters = [0.25, 0.5, 0.75, 1].map((to) => (levelBetween(levels, to - 0.25, to) - start) * Math.sign(drift));
  const [, , third = Number.NaN, last = Number.NaN] = quarters;
  const driftsOn =
    last - third >= NEWEST_SHARE * Math.abs(drift) &&
    quarters.every((quarter, index) => index === 0 || quarter > (quarters[index - 1] ?? 0));
  const stretch = lastStretch(levels, (level) => Math.abs(level - start) >= NOTED_DRIFT);
  if (stretch === undefined || !driftsOn) {
    return [];
  }
  const coarse = Math.abs(drift) >= COARSE_DRIFT;
  return [
    {
      id: `log-z-drift:${signal.series.tag}:${signal.series.rank ?? 0}:${stretch.fromStep}`,
      monitor: 'log-z-drift',
      symptom: 'precision',
      severity: coarse ? 'warning' : 'info',
      confidence: coarse ? 0.7 : 0.5,
      fromStep: stretch.fromStep,
      toStep: stretch.toStep,
      open: true,
      title: `The output logits drift: log Z went from ${quantity(start)} to ${quantity(now)}`,
      explanation:
        `The logarithm of the softmax's denominator was ${quantity(start)} at the start, has been more than ${quantity(NOTED_DRIFT)} nats away from that since ${at(signal, stretch.fromStep)} and drifts on. ` +
        'The loss does not see it, because a constant added to all logits cancels out; rounding does: ' +
        (coarse
          ? 'at this size two neighbouring bfloat16 numbers are a nat or more apart.'
          : 'the larger the logits, the coarser the numbers that carry them.'),
      otherCauses: [
        'The logits are computed and reduced in 32 bits: then there is room for a long time.',
        'The learning rate of the output layer is too high, or it has no weight decay.',
      ],
      evidence: [evidenceNear(signal, stretch.toStep, now, { value: start, meaning: 'level of the first rows' })],
      papers: PAPERS,
    },
  ];
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Small-scale proxies for large-scale Transformer training instabilities',
    authors: 'Wortsman et al.',
    year: 2023,
  },
];

const REMEDY = 'Log the mean logsumexp of the output logits (log-z) at every step.';

/**
 * Output logits that drift as a whole. Softmax does not change when a constant is added to all logits, so nothing but
 * rounding and a z-loss holds their sum in place; catalogue 98 shows the drift ending in divergence late in training.
 */
export const logZDrift: Monitor = {
  id: 'log-z-drift',
  title: 'Drifting output logits',
  symptoms: ['precision'],
  needs: [['log-z']],
  uses: [],
  constants: [
    {
      name: 'NOTED_DRIFT',
      value: NOTED_DRIFT,
      meaning: 'nats between log Z and its start, growing in every quarter',
      source: 'chosen: about three times the logarithm of a large vocabulary',
    },
    {
      name: 'COARSE_DRIFT',
      value: COARSE_DRIFT,
      meaning: 'nats at which it is a warning',
      source: 'bfloat16 has eight significant bits: from 128 on its numbers are 1 apart',
    },
    {
      name: 'NEWEST_SHARE',
      value: NEWEST_SHARE,
      meaning: 'share of the drift from the third to the last quarter of the run',
      source: 'chosen: a quarter when it is steady, less when it slows down',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'Log Z moving by less than 30 nats, as it does while a model learns which tokens are frequent.',
    'A drift that has stopped: a z-loss, weight decay or a decayed learning rate holds it.',
    'Swings to and fro.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new LogZSession(),
};
