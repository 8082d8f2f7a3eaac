import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { LevelHistory } from '../signals/levelHistory.js';
import type { Level } from '../signals/levelHistory.js';
import { levelAtSteps } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, quantity, rows, times } from './words.js';

/** Loss after a resume over the loss at the same steps before that is worth a note ... */
const NOTE_RATIO = 1.25;
/** ... and a look, when something of it lasts. */
const WARNING_RATIO = 1.5;
/** Times the usual distance from row to row. */
const ROUGHNESSES = 3;
/** Rows after the resume that are compared, and rows later that tell whether it lasts. */
const ROWS = 10;
const LASTING_ROWS = 30;
/** A segment that begins this early in the steps so far is a new run, not a resumed one. */
const NEW_RUN_SHARE = 0.1;
/** Rows before the resume that make a history. */
const FEWEST_ROWS = 30;
const MOST_KEPT = 3;

interface Resume {
  readonly step: number;
  readonly segment: number;
  readonly before: readonly Level[];
  readonly values: number[];
  readonly steps: number[];
}

class ResumeWatch {
  readonly signal: Signal;
  readonly resumes: Resume[] = [];
  private history = new LevelHistory();
  private points = 0;
  private segment = 0;
  private firstStep = Number.NaN;
  private lastStep = Number.NaN;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push({ step, value, segment }: Sample): void {
    if (!Number.isFinite(value)) {
      return;
    }
    if (segment !== this.segment) {
      this.segment = segment;
      this.begin(step, segment);
    }
    const resume = this.resumes.at(-1);
    if (resume?.segment === segment && resume.values.length < LASTING_ROWS) {
      resume.values.push(value);
      resume.steps.push(step);
    }
    this.firstStep = Number.isNaN(this.firstStep) ? step : this.firstStep;
    this.lastStep = step;
    this.points++;
    this.history.push(step, value);
  }

  private begin(step: number, segment: number): void {
    const goesOn = step > this.firstStep + NEW_RUN_SHARE * (this.lastStep - this.firstStep);
    if (goesOn && this.points >= FEWEST_ROWS && this.resumes.length < MOST_KEPT) {
      this.resumes.push({ step, segment, before: this.history.levels, values: [], steps: [] });
    }
    this.history = new LevelHistory();
    this.points = 0;
    this.firstStep = goesOn ? this.firstStep : step;
  }
}

class ResumeJumpSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new ResumeWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.resumes.some(({ values }) => values.length >= ROWS))
      ? undefined
      : {
          monitor: 'resume-jump',
          missing: [`a resumed run: one whose steps went back, with ${ROWS} rows after that`],
          remedy: 'Nothing to do: it is evaluated once a run goes on from a checkpoint.',
        };
  }

  findings(): readonly Finding[] {
    return this.series
      .withRole((role) => role === 'train/loss')
      .flatMap(({ signal, watcher }) => watcher.resumes.flatMap((resume) => jumpOf(signal, resume)));
  }
}

function jumpOf(signal: Signal, { step, segment, before, values, steps }: Resume): readonly Finding[] {
  if (values.length < ROWS) {
    return [];
  }
  const reference = levelAtSteps(before, step, steps[ROWS - 1] ?? step);
  const level = median(values.slice(0, ROWS));
  const roughness = median(before.map((stretch) => stretch.roughness));
  const jumped = reference > 0 && level >= NOTE_RATIO * reference && level - reference >= ROUGHNESSES * roughness;
  if (!jumped) {
    return [];
  }
  const lasts =
    values.length === LASTING_ROWS &&
    level >= WARNING_RATIO * reference &&
    median(values.slice(LASTING_ROWS - ROWS)) >= NOTE_RATIO * reference;
  return [
    {
      id: `resume-jump:${signal.series.tag}:${signal.series.rank ?? 0}:${segment}:${step}`,
      monitor: 'resume-jump',
      symptom: 'resume',
      severity: lasts ? 'warning' : 'info',
      confidence: lasts ? 0.8 : 0.6,
      fromStep: step,
      toStep: steps.at(-1) ?? step,
      open: false,
      title: `Training loss is ${times(level / reference)} as high after the resume at ${at(signal, step)}`,
      explanation:
        `The run went back to ${at(signal, step)} and on from there. The training loss was ${quantity(reference)} over these steps before, ` +
        `and is ${quantity(level)} in the first ${rows(ROWS)} after${lasts ? `; it has not come down in ${rows(LASTING_ROWS)}` : ''}.`,
      otherCauses: [
        'The optimizer state, the schedule or the scaler was not restored with the weights, or only part of the weights was.',
        'The data or its order changed: another shard, another seed, another tokenizer.',
        'The run was set back on purpose, with another configuration.',
      ],
      evidence: [evidenceOf(signal, step, level, { value: reference, meaning: 'level at the same steps before' })],
      papers: [],
    },
  ];
}

/** A loss that does not go on where it was after a checkpoint was loaded. */
export const resumeJump: Monitor = {
  id: 'resume-jump',
  title: 'Loss jumps after a resume',
  symptoms: ['resume'],
  needs: [['train/loss']],
  uses: [],
  constants: [
    { name: 'NOTE_RATIO', value: NOTE_RATIO, meaning: 'times the loss at the same steps before', source: 'chosen' },
    {
      name: 'WARNING_RATIO',
      value: WARNING_RATIO,
      meaning: '... that is worth a look when it still is worth a note later',
      source: 'chosen',
    },
    {
      name: 'ROUGHNESSES',
      value: ROUGHNESSES,
      meaning: 'times the usual distance from row to row',
      source: 'chosen: noise of single batches',
    },
    { name: 'ROWS', value: ROWS, meaning: 'rows whose median is compared', source: 'chosen' },
    { name: 'LASTING_ROWS', value: LASTING_ROWS, meaning: 'rows after which it lasts', source: 'chosen' },
    {
      name: 'NEW_RUN_SHARE',
      value: NEW_RUN_SHARE,
      meaning: 'share of the steps within which a new beginning is a new run',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the resume', source: 'chosen' },
  ],
  silences: [
    'A run that begins anew in the same log.',
    'A loss that goes on where it was, within its noise.',
    'A jump that is gone after a few rows (moments that build up again): a note.',
  ],
  papers: [],
  remedy: 'Log the training loss.',
  start: () => new ResumeJumpSession(),
};
