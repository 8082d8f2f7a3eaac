import type { Evidence, Finding, NotEvaluated, Paper } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import type { LastStretch } from '../signals/lastStretch.js';
import { lastStretch } from '../signals/lastStretch.js';
import { levelBetween } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, quantity, times } from './words.js';

/** A loss of the discriminator below this is that of one that is never wrong ... */
const WON_LOSS = 0.05;
/** ... when it has been above this before: then it was in play. */
const IN_PLAY_LOSS = 0.3;
/** Outputs of the discriminator on data and on samples, as probabilities, that differ by this much are decided. */
const DECIDED_GAP = 0.9;
/** Share of the rows over which it lasts, up to the newest. */
const LASTING_SHARE = 0.25;
/** A loss of the generator that is so many times what it was has not been able to follow. */
const GENERATOR_RISE = 2;
/** Both losses grew so many times in size from the second to the last quarter, in each quarter: they diverge. */
const GROWN_SWINGS = 10;
/** Rows before the first judgement. */
const FEWEST_ROWS = 50;

class PlayerWatch extends FiniteLevels {
  lowest = Infinity;
  highest = -Infinity;

  override push(point: { readonly step: number; readonly value: number }): void {
    super.push(point);
    if (Number.isFinite(point.value)) {
      this.lowest = Math.min(this.lowest, point.value);
      this.highest = Math.max(this.highest, point.value);
    }
  }

  get start(): number {
    return levelBetween(this.history.levels, 0, 0.1);
  }

  get now(): number {
    return levelBetween(this.history.levels, 0.9, 1);
  }

  /** Every value lies between 0 and 1, as probabilities do. */
  get isProbability(): boolean {
    return this.lowest >= 0 && this.highest <= 1;
  }

  /** How large the loss is with its swings, in a quarter of the run from 0 to 3. */
  sizeIn(quarter: number): number {
    const { levels } = this.history;
    const part = levels.slice(
      Math.floor((quarter * levels.length) / 4),
      Math.floor(((quarter + 1) * levels.length) / 4),
    );
    return median(part.map(({ level, roughness }) => Math.abs(level) + roughness));
  }

  get swingsGrow(): boolean {
    const [second, third, last] = [this.sizeIn(1), this.sizeIn(2), this.sizeIn(3)];
    return second > 0 && third > second && last > third && last >= GROWN_SWINGS * second;
  }
}

/** The players of one game, as far as they are logged. */
interface Game {
  readonly discriminator: PlayerWatch | undefined;
  readonly generator: PlayerWatch | undefined;
  readonly real: PlayerWatch | undefined;
  readonly fake: PlayerWatch | undefined;
}

class AdversarialSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new PlayerWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    const { discriminator, generator, real, fake } = this.game();
    return discriminator !== undefined && (generator !== undefined || (real !== undefined && fake !== undefined))
      ? undefined
      : {
          monitor: 'adversarial-balance',
          missing: [`at least ${FEWEST_ROWS} rows of the losses of a discriminator and a generator`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const game = this.game();
    const found = diverging(game) ?? won(game);
    return found === undefined ? [] : [found];
  }

  private game(): Game {
    const of = (...roles: readonly string[]): PlayerWatch | undefined =>
      roles
        .flatMap((wanted) => this.series.withRole((role) => role === wanted))
        .map(({ watcher }) => watcher)
        .find(({ points }) => points >= FEWEST_ROWS);
    const generator = of('loss/generator');
    // A critic beside a generator is that of a Wasserstein GAN; beside an actor, it estimates values.
    const discriminator = of('loss/discriminator') ?? (generator === undefined ? undefined : of('loss/critic'));
    return { discriminator, generator, real: of('discriminator/real'), fake: of('discriminator/fake') };
  }
}

/** The discriminator is right about everything, and the generator does not follow. */
function won({ discriminator, generator, real, fake }: Game): Finding | undefined {
  if (discriminator === undefined) {
    return undefined;
  }
  const stretch = decidedOutputs(real, fake) ?? decidedLoss(discriminator);
  if (stretch === undefined) {
    return undefined;
  }
  const lost = generator !== undefined && generator.start > 0 && generator.now >= GENERATOR_RISE * generator.start;
  const { signal, start, now } = discriminator;
  return {
    id: `adversarial-balance:${signal.series.tag}:${stretch.fromStep}`,
    monitor: 'adversarial-balance',
    symptom: 'other',
    severity: lost ? 'warning' : 'info',
    confidence: lost ? 0.75 : 0.45,
    fromStep: stretch.fromStep,
    toStep: stretch.toStep,
    open: true,
    title: `The discriminator has won: it is never wrong since ${at(signal, stretch.fromStep)}`,
    explanation:
      `Its loss was ${quantity(start)} at the start and is ${quantity(now)} now. ` +
      (generator === undefined
        ? ''
        : `The loss of the generator went from ${quantity(generator.start)} to ${quantity(generator.now)}. `) +
      'A discriminator that tells all samples from data, whatever the generator does, gives it no direction to improve in.',
    otherCauses: [
      'The discriminator learns too fast (its learning rate, or updates for each one of the generator), or the data are so few that it knows them by heart.',
      'Nothing bounds its slope: a gradient penalty or spectral normalisation keeps it informative.',
      'Samples can be good all the same; the losses of a GAN do not measure quality.',
    ],
    evidence: evidenceOfGame(stretch.toStep, [discriminator, generator, real, fake]),
    papers: PAPERS,
  };
}

function decidedLoss(discriminator: PlayerWatch): LastStretch | undefined {
  const { levels } = discriminator.history;
  const wasInPlay = levels.some(({ level }) => level >= IN_PLAY_LOSS);
  const stretch = lastStretch(levels, (level) => level <= WON_LOSS);
  return wasInPlay && discriminator.lowest >= 0 && stretch !== undefined && stretch.share >= LASTING_SHARE
    ? stretch
    : undefined;
}

function decidedOutputs(real: PlayerWatch | undefined, fake: PlayerWatch | undefined): LastStretch | undefined {
  if (real?.isProbability !== true || fake?.isProbability !== true) {
    return undefined;
  }
  const side = (1 - DECIDED_GAP) / 2;
  const stretches = [
    lastStretch(real.history.levels, (level) => level >= 1 - side),
    lastStretch(fake.history.levels, (level) => level <= side),
  ];
  const lasting = stretches.flatMap((stretch) =>
    stretch !== undefined && stretch.share >= LASTING_SHARE ? [stretch] : [],
  );
  return lasting.length === stretches.length
    ? lasting.toSorted((left, right) => right.fromStep - left.fromStep)[0]
    : undefined;
}

/** Both losses swing wider and wider. */
function diverging({ discriminator, generator }: Game): Finding | undefined {
  if (discriminator?.swingsGrow !== true || generator?.swingsGrow !== true) {
    return undefined;
  }
  const { signal, history } = discriminator;
  const fromStep = history.levels[history.levels.length >> 2]?.fromStep ?? 0;
  const toStep = history.levels.at(-1)?.toStep ?? fromStep;
  return {
    id: `adversarial-balance:${signal.series.tag}:${fromStep}`,
    monitor: 'adversarial-balance',
    symptom: 'other',
    severity: 'warning',
    confidence: 0.7,
    fromStep,
    toStep,
    open: true,
    title: `Both losses of the game grow: the discriminator's ${times(discriminator.sizeIn(3) / discriminator.sizeIn(1))} since ${at(signal, fromStep)}`,
    explanation:
      `With its swings, the loss of the discriminator has grown from ${quantity(discriminator.sizeIn(1))} to ${quantity(discriminator.sizeIn(3))} and that of the generator from ${quantity(generator.sizeIn(1))} to ${quantity(generator.sizeIn(3))}, more in every quarter of the run. ` +
      'Swings of a constant width are how two players circle each other; swings that widen are the phase in which the game diverges.',
    otherCauses: [
      'Nothing bounds the critic: a Wasserstein critic without gradient penalty or clipping grows without end.',
      'The learning rates are too high, or the momentum (beta1) is.',
    ],
    evidence: evidenceOfGame(toStep, [discriminator, generator]),
    papers: PAPERS,
  };
}

function evidenceOfGame(toStep: number, watches: readonly (PlayerWatch | undefined)[]): readonly Evidence[] {
  return watches.flatMap((watch) =>
    watch === undefined
      ? []
      : [evidenceNear(watch.signal, toStep, watch.now, { value: watch.start, meaning: 'level of the first rows' })],
  );
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Local Convergence of Gradient Descent-Ascent for Training Generative Adversarial Networks',
    authors: 'Becker et al.',
    year: 2023,
  },
  { title: 'Improved Training of Wasserstein GANs', authors: 'Gulrajani et al.', year: 2017 },
];

const REMEDY = "Log the losses of both players (d_loss and g_loss), and the discriminator's outputs D(x) and D(G(z)).";

/**
 * The balance between a generator and its discriminator or critic. Losses of a GAN do not measure quality (catalogue 17,
 * 130): a loss that does not fall is nothing, and swings of a constant width are the normal circling. What counts is a
 * discriminator that is never wrong while the generator's loss has doubled, and swings that widen by factors.
 */
export const adversarialBalance: Monitor = {
  id: 'adversarial-balance',
  title: 'Balance of adversarial players',
  symptoms: ['other'],
  needs: [
    ['loss/discriminator', 'loss/critic'],
    ['loss/generator', 'discriminator/*'],
  ],
  uses: [],
  constants: [
    {
      name: 'WON_LOSS',
      value: WON_LOSS,
      meaning: 'loss of the discriminator at which it is never wrong',
      source:
        'chosen: cross-entropy over both classes is 1.39 at balance, a hinge 2; public advice calls a loss near 0 failure',
    },
    {
      name: 'IN_PLAY_LOSS',
      value: IN_PLAY_LOSS,
      meaning: 'loss that it has had before: not switched off, or not yet begun',
      source: 'chosen',
    },
    {
      name: 'DECIDED_GAP',
      value: DECIDED_GAP,
      meaning: 'difference between its probabilities for data and for samples at which it is decided',
      source: 'chosen',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen: the players overtake each other for a while in health',
    },
    {
      name: 'GENERATOR_RISE',
      value: GENERATOR_RISE,
      meaning: "times its start that the generator's loss is now",
      source: 'chosen',
    },
    {
      name: 'GROWN_SWINGS',
      value: GROWN_SWINGS,
      meaning: 'times the size of the second quarter that both losses have in the last',
      source: 'chosen: catalogue 17 reads swings of growing width as divergence, without a bound',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A generator loss that rises or does not fall: it measures the game, not the quality.',
    'Swings of constant width.',
    'Losses of Wasserstein critics, which are distances and may be negative, as long as they stay bounded.',
    'A discriminator that is not in play yet, whose loss is zero from the start.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new AdversarialSession(),
};
