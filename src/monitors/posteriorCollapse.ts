import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Role } from '../model/role.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { lastStretch } from '../signals/lastStretch.js';
import type { LastStretch } from '../signals/lastStretch.js';
import { levelAtSteps } from '../signals/levelShares.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity } from './words.js';

/** Divergence from the prior, in nats, at which the code says nothing of the input ... */
const SILENT_NATS = 0.01;
/** ... when it has fallen to this share of its highest level: a small one all along may be a mean over dimensions. */
const LEFT_SHARE = 0.01;
/** Share of the rows over which it lasts, up to the newest. */
const LASTING_SHARE = 0.2;
/** A reconstruction that has gained this share since then is not that of a decoder alone. */
const STILL_GAINS = 0.05;
/** Rows before the first judgement. */
const FEWEST_ROWS = 50;

/** A term of the loss that stands for the loss where no total is logged. */
const RECONSTRUCTION = /(?:^|[^a-z])rec(?:on|onstruction)?(?![a-z])/i;

const ABOUT: About = {
  id: 'posterior-collapse',
  symptoms: ['other'],
  papers: [
    { title: 'Generating Sentences from a Continuous Space', authors: 'Bowman et al.', year: 2016 },
    { title: 'Importance Weighted Autoencoders', authors: 'Burda et al.', year: 2016 },
  ],
  remedy: 'Log the reconstruction loss and the KL term of the autoencoder, each for itself and summed over the code.',
};

class PosteriorCollapseSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new FiniteLevels(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return notEnough(ABOUT, 'an autoencoder: this run learns from rewards, and its kl is that of a policy');
    }
    return this.divergence !== undefined && this.reconstruction !== undefined
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_ROWS} rows of kl and of reconstruction`);
  }

  findings(): readonly Finding[] {
    const { divergence, reconstruction } = this;
    if (divergence === undefined || reconstruction === undefined || this.notEvaluated() !== undefined) {
      return [];
    }
    const { levels } = divergence.history;
    const highest = Math.max(...levels.map(({ level }) => level));
    const stretch = lastStretch(levels, (level) => level <= Math.min(SILENT_NATS, LEFT_SHARE * highest));
    if (stretch === undefined || stretch.share < LASTING_SHARE || gains(reconstruction, stretch)) {
      return [];
    }
    return [findingOf(divergence, reconstruction, stretch, highest)];
  }

  private get divergence(): FiniteLevels | undefined {
    return this.longEnough('kl')[0];
  }

  private get reconstruction(): FiniteLevels | undefined {
    return (
      this.longEnough('reconstruction')[0] ??
      this.longEnough('train/loss').find(({ signal }) => RECONSTRUCTION.test(signal.series.tag))
    );
  }

  private longEnough(role: Role): readonly FiniteLevels[] {
    return this.series
      .withRole((own) => own === role)
      .map(({ watcher }) => watcher)
      .filter(({ points }) => points >= FEWEST_ROWS);
  }
}

/** Whether the reconstruction goes on getting better over a stretch, from its first third to its last. */
function gains({ history: { levels } }: FiniteLevels, { fromStep, toStep }: LastStretch): boolean {
  const third = (toStep - fromStep) / 3;
  const before = levelAtSteps(levels, fromStep, fromStep + third);
  const now = levelAtSteps(levels, toStep - third, toStep);
  return before - now > STILL_GAINS * Math.abs(before);
}

function findingOf(
  { signal }: FiniteLevels,
  reconstruction: FiniteLevels,
  { fromStep, toStep, level, share }: LastStretch,
  highest: number,
): Finding {
  const rebuilt = levelAtSteps(reconstruction.history.levels, fromStep, toStep);
  return findingAbout(
    ABOUT,
    signal,
    { fromStep, toStep, open: true },
    {
      severity: 'warning',
      confidence: 0.8,
      title: `The posterior has collapsed onto the prior: ${signal.series.tag} is about ${quantity(level)} since ${at(signal, fromStep)}`,
      explanation:
        `The divergence of the code from its prior was up to ${quantity(highest)} and has been below ${quantity(SILENT_NATS)} nats since ${at(signal, fromStep)}, ${percent(share)} of the rows. ` +
        `The code carries nothing about the input any more: the decoder answers the same whatever it is shown, and ${reconstruction.signal.series.tag} stands at about ${quantity(rebuilt)}.`,
      otherCauses: [
        'The weight of the KL term is too high, or reached its full value before the code was of use: raise it more slowly, or give each dimension some nats for free.',
        'The decoder is strong enough to do without the code (autoregressive, or with skip connections).',
        'The divergence is logged as a mean over many dimensions or times a small weight: then its numbers say less.',
      ],
      evidence: [
        evidenceNear(signal, toStep, level, { value: highest, meaning: 'highest level so far' }),
        evidenceNear(reconstruction.signal, toStep, rebuilt),
      ],
    },
  );
}

/** A variational autoencoder whose code has become noise. */
export const posteriorCollapse: Monitor = {
  ...ABOUT,
  title: 'Posterior collapse',
  needs: [['kl'], ['reconstruction', 'train/loss']],
  uses: [],
  constants: [
    {
      name: 'SILENT_NATS',
      value: SILENT_NATS,
      meaning: 'divergence from the prior, in nats, of a code that says nothing',
      source:
        'Burda et al. call a unit inactive whose mean varies by less than 0.01 over the data, which costs half as many nats: two such units',
    },
    {
      name: 'LEFT_SHARE',
      value: LEFT_SHARE,
      meaning: 'share of its highest level that is left at most',
      source: 'chosen: a small divergence all along may be a mean over dimensions',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen: codes may be silent for some time before they are taken up',
    },
    {
      name: 'STILL_GAINS',
      value: STILL_GAINS,
      meaning: 'relative gain of the reconstruction over the stretch, from which on it is not called collapsed',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A divergence that was small all along: it may be a mean over dimensions, or weighted.',
    'A reconstruction that goes on getting better.',
    'A divergence that falls and settles above a hundredth of a nat: a code that carries little is no silent one.',
    'Divergences of policies and of students from their teachers.',
  ],
  start: (run) => new PosteriorCollapseSession(run),
};
