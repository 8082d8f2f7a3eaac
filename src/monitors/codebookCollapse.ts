import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { RunConfiguration } from '../model/run.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { lastStretch } from '../signals/lastStretch.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, percent, quantity } from './words.js';

/** Share of a codebook in use below which most of it is wasted. */
const USED_SHARE = 0.1;
/** A perplexity below this is one code, or two. */
const TWO_CODES = 2;
/** Share of the codes in use at most that is left of the highest level. */
const LEFT_SHARE = 0.1;
/** Share of the rows over which it lasts, up to the newest. */
const LASTING_SHARE = 0.3;
/** Rows before the first judgement. */
const FEWEST_ROWS = 20;

/** Tags of the losses of vector quantisation, next to which a "perplexity" is that of the codes. */
const QUANTISER = /commit|codebook|vq|quanti[sz]/i;
/** The number of codes under the names that programs give it. */
const CODES_KEY =
  /(^|[/._-])(codebook_size|n_codes|num_codes|num_embeddings|n_embed|n_e|num_code_vectors|vq_size|codebook_n)$/i;

/** How the codes in use are told: as a number of codes, or as a share of them. */
type Kind = 'perplexity' | 'active' | 'usage';

class CodebookWatch extends FiniteLevels {
  highest = 0;

  get kind(): Kind {
    const { role } = this.signal;
    return role === 'perplexity' ? 'perplexity' : (role.slice('codebook/'.length) as Kind);
  }

  override push(point: { readonly step: number; readonly value: number }): void {
    super.push(point);
    this.highest = Math.max(this.highest, this.history.levels.at(-1)?.level ?? 0);
  }
}

class CodebookSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new CodebookWatch(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'codebook-collapse',
          missing: [`at least ${FEWEST_ROWS} rows of codes in use, or of a perplexity beside a commitment loss`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const codes = codesOf(this.run.configuration);
    return this.judged()
      .flatMap((watch) => collapseOf(watch, codes))
      .slice(0, 1);
  }

  private judged(): readonly CodebookWatch[] {
    const quantises = this.run.signals.some(({ series }) => QUANTISER.test(series.tag));
    return this.series.all
      .map(({ watcher }) => watcher)
      .filter(({ points, signal }) => points >= FEWEST_ROWS && (signal.role !== 'perplexity' || quantises));
  }
}

/** The number of codes, where the configuration tells it. */
function codesOf(configuration: RunConfiguration): number {
  const found = Object.entries(configuration).find(([key, value]) => CODES_KEY.test(key) && typeof value === 'number');
  return typeof found?.[1] === 'number' ? found[1] : Number.NaN;
}

function collapseOf(watch: CodebookWatch, codes: number): readonly Finding[] {
  const { signal, history, kind, highest } = watch;
  const whole = kind === 'usage' ? (highest > 1.5 ? 100 : 1) : codes;
  const bound = Math.max(
    ...(Number.isNaN(whole) ? [] : [USED_SHARE * whole]),
    LEFT_SHARE * highest,
    kind === 'usage' ? 0 : TWO_CODES,
  );
  const stretch = lastStretch(history.levels, (level) => level <= bound);
  if (stretch === undefined || stretch.share < LASTING_SHARE) {
    return [];
  }
  const { level } = stretch;
  const fell = level <= LEFT_SHARE * highest || (kind !== 'usage' && level <= TWO_CODES);
  const inUse =
    kind === 'usage'
      ? `${percent(level / whole)} of the codes`
      : `about ${count(Math.round(level))}${Number.isNaN(codes) ? '' : ` of ${count(codes)}`} codes`;
  return [
    {
      id: `codebook-collapse:${signal.series.tag}:${signal.series.rank ?? 0}:${stretch.fromStep}`,
      monitor: 'codebook-collapse',
      symptom: 'other',
      severity: fell ? 'warning' : 'info',
      confidence: fell ? 0.8 : 0.6,
      fromStep: stretch.fromStep,
      toStep: stretch.toStep,
      open: true,
      title: `The codebook has collapsed: ${inUse} in use since ${at(signal, stretch.fromStep)}`,
      explanation:
        `${signal.series.tag} has not been above ${quantity(bound)} since ${at(signal, stretch.fromStep)} and is ${quantity(level)} now; its highest level was ${quantity(highest)}. ` +
        'Codes that are never chosen get no gradient and stay where they are, so that this does not mend itself: what the decoder can tell apart is limited to the few codes in use.',
      otherCauses: [
        'The use is counted over fewer tokens than there are codes: then it cannot be higher.',
        'The first codes lie far from what the encoder gives: start them from its outputs, or bring unused ones there.',
        'The commitment loss outweighs the reconstruction, or the encoder has collapsed itself.',
      ],
      evidence: [evidenceNear(signal, stretch.toStep, level, { value: highest, meaning: 'highest level so far' })],
      papers: PAPERS,
    },
  ];
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Addressing Representation Collapse in Vector Quantized Models with One Linear Layer',
    authors: 'Zhu et al.',
    year: 2024,
  },
];

const REMEDY =
  'Log the share of codes in use over a window (codebook_usage) or the perplexity of the codes beside the commitment loss.';

/**
 * A vector quantiser that uses a few of its codes (catalogue 302: collapsed VQGANs use 1.4 to 4.5 % of 65,536, repaired
 * ones all). A perplexity counts as that of the codes only beside a loss of quantisation; in language models it is
 * another number.
 */
export const codebookCollapse: Monitor = {
  id: 'codebook-collapse',
  title: 'Collapsed codebook',
  symptoms: ['other'],
  needs: [['codebook/*', 'perplexity']],
  uses: [],
  constants: [
    {
      name: 'USED_SHARE',
      value: USED_SHARE,
      meaning: 'share of the codes in use at most',
      source: 'chosen between the 1.4 to 4.5 % of collapsed VQGANs and the 100 % of repaired ones (catalogue 302)',
    },
    {
      name: 'TWO_CODES',
      value: TWO_CODES,
      meaning: 'perplexity, or codes in use, at which nothing is told apart',
      source: 'the perplexity of two codes of equal use',
    },
    {
      name: 'LEFT_SHARE',
      value: LEFT_SHARE,
      meaning: 'share of the highest level that is left at most',
      source: 'chosen',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen: codes are few for some hundred steps at the start of healthy runs',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'The first rows of a run, in which few codes are in use, and rows after which more come into use.',
    'The perplexity of a language model.',
    'Less than a tenth of the codes, where it never was more, is a note: the batch may hold fewer tokens than there are codes, or use them unevenly on purpose.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: (run) => new CodebookSession(run),
};
