import type { ReportedFinding, ReportedSignal, RunReport } from '../../../src/contract/report.js';
import type { Envelope } from '../../../src/model/envelope.js';
import type { Finding } from '../../../src/model/finding.js';
import { roleOf } from '../../../src/signals/roles/roles.js';
import { RunStore } from '../../../src/store/runStore.js';
import type { EnvelopeQuery, FakeRun } from './fakeHost.js';

/** A log in memory: tag → [step, value] in the order of writing. */
export class RunBuilder {
  readonly store = new RunStore();
  private readonly startedAt: number;
  private readonly secondsPerStep: number;

  constructor(startedAt = Date.UTC(2026, 10, 21, 8) / 1000, secondsPerStep = 0.32) {
    this.startedAt = startedAt;
    this.secondsPerStep = secondsPerStep;
  }

  log(tag: string, step: number, value: number, rank?: number): this {
    const handle = this.store.tag(tag, rank === undefined ? {} : { rank });
    this.store.append(handle, step, value, this.startedAt + step * this.secondsPerStep);
    return this;
  }

  report(changes: Partial<RunReport> = {}): RunReport {
    const signals = this.signals();
    const steps = this.store.series.flatMap((series) =>
      series.length === 0 ? [] : [series.stepAt(0), series.stepAt(series.length - 1)],
    );
    return {
      id: 'run',
      name: 'gpt-small · seed 3',
      paths: ['/home/me/runs/gpt-small/events.out.tfevents.1763712000.host'],
      format: 'tensorboard',
      points: this.store.points,
      steps: steps.length > 0 ? { first: Math.min(...steps), last: Math.max(...steps) } : null,
      segments: Math.max(1, ...this.store.series.map(({ segments }) => segments.length)),
      ranks: 1,
      status: 'finished',
      configuration: {},
      signals,
      findings: [],
      evaluated: EVALUATED,
      notEvaluated: NOT_EVALUATED,
      skipped: [],
      problems: [],
      ...changes,
    };
  }

  build(changes: Partial<RunReport> = {}): FakeRun {
    return { report: this.report(changes), envelope: async (query) => this.envelope(query) };
  }

  private envelope({ tag, rank, ...query }: EnvelopeQuery): Envelope {
    const handle = this.store.find(tag, rank);
    if (handle === undefined) {
      throw new Error(`no signal ${tag}`);
    }
    return this.store.envelope(handle, query);
  }

  private signals(): ReportedSignal[] {
    return this.store.series.map(({ tag, rank, length, nonFinite, stepUnit }) => ({
      role: roleOf(tag, {}),
      tag,
      ...(rank === undefined ? {} : { rank }),
      points: length,
      nonFinite,
      stepUnit,
    }));
  }
}

export const EVALUATED = [
  'non-finite',
  'loss-spike',
  'divergence',
  'gradient-spike',
  'plateau',
  'overfitting',
  'warmup',
];

export const NOT_EVALUATED = [
  {
    monitor: 'dormant-units',
    missing: ['activations'],
    remedy: 'Run with the hook to log the share of dormant units in each layer.',
  },
  {
    monitor: 'attention-logit-growth',
    missing: ['attention logits'],
    remedy: 'Run with the hook, or log the largest attention logit of each layer.',
  },
];

/** Numbers between 0 and 1 that are the same in every run of the tests. */
export function seededNoise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function finding(changes: Partial<Finding> & { fixes?: ReportedFinding['fixes'] }): ReportedFinding {
  return { ...SPIKE, ...changes };
}

const SPIKE: ReportedFinding = {
  id: 'gradient-spike/grad_norm/0/4210',
  monitor: 'gradient-spike',
  symptom: 'gradient-spike',
  severity: 'error',
  confidence: 0.97,
  fromStep: 4210,
  toStep: 4999,
  open: true,
  title: 'Gradient spike, then divergence',
  explanation:
    'The gradient norm jumped from 0.81 to 33.2 at step 4,210, in blocks 9 to 11 first. The loss followed 3 steps later and has not come back.',
  otherCauses: [
    'A corrupted batch at step 4,210. The same batch in another order would then spike again; a too high learning rate would not care which batch it was.',
    'A learning rate that was still rising. It was not: it had been falling since step 500.',
  ],
  evidence: [
    {
      role: 'gradient-norm',
      tag: 'train/grad_norm',
      step: 4210,
      value: 33.21,
      baseline: 0.8123,
      baselineMeaning: 'median of the 50 rows before',
    },
    {
      role: 'train/loss',
      tag: 'train/loss',
      step: 4213,
      value: 7.913,
      baseline: 2.311,
      baselineMeaning: 'median of the 50 rows before',
      unit: 'nats',
    },
  ],
  papers: [
    {
      title: 'SPAM: Spike-Aware Adam with Momentum Reset for Stable LLM Training',
      authors: 'Huang et al.',
      year: 2025,
    },
  ],
  chain: [
    { monitor: 'gradient-spike', symptom: 'gradient-spike', fromStep: 4210, toStep: 4214 },
    { monitor: 'divergence', symptom: 'divergence', fromStep: 4213, toStep: 4999 },
  ],
  fixes: [
    {
      id: 'clip-gradients',
      title: 'Clip gradients',
      why: 'Scales the gradient down to norm 1 before each step, so that one bad batch can’t throw the weights.',
    },
    {
      id: 'add-warmup',
      title: 'Add warmup',
      why: 'Raises the learning rate from 0 over the first steps, while Adam’s second moment is still a guess.',
    },
  ],
};

export const NO_WARMUP = finding({
  id: 'warmup/lr/0/0',
  monitor: 'warmup',
  symptom: 'warmup',
  severity: 'warning',
  confidence: 0.82,
  fromStep: 0,
  toStep: 0,
  open: false,
  title: 'No warmup for AdamW',
  explanation: 'The learning rate starts at its peak of 3e-4 at step 0.',
  evidence: [{ role: 'learning-rate', tag: 'train/learning_rate', step: 0, value: 3e-4 }],
  otherCauses: [],
  chain: [],
});

/** A transformer that spikes at step 4,210 and does not come back; twelve blocks, the last ones first. */
export function spikingRun(last = 4999): RunBuilder {
  const noise = seededNoise(3);
  const run = new RunBuilder();
  for (let step = 0; step <= last; step++) {
    const after = step >= 4213;
    const calm = 2.2 + 6 * Math.exp(-step / 500) + (noise() - 0.5) * 0.18;
    run.log('train/loss', step, after ? 7.2 + noise() * 0.9 : calm);
    const norm = 0.8 + (noise() - 0.5) * 0.25;
    run.log('train/grad_norm', step, step === 4210 ? 33.21 : after ? 4 + noise() * 3 : norm);
    run.log('train/learning_rate', step, 3e-4 * 0.5 * (1 + Math.cos((Math.PI * step) / 20000)));
    if (step % 250 === 0) {
      run.log('eval/loss', step, (after ? 7.5 : calm) + 0.12);
      run.log('eval/accuracy', step, after ? 0.08 : 0.42 * (1 - Math.exp(-step / 900)));
    }
    if (step % 10 === 0) {
      logBlocks(run, step, noise);
    }
  }
  return run;
}

function logBlocks(run: RunBuilder, step: number, noise: () => number): void {
  for (let block = 0; block < 12; block++) {
    const depth = Math.exp(-block / 8);
    const wave = step >= 4210 - (block >= 9 ? 30 : 0) ? 30 ** Math.max(0, 1 - (11 - block) / 12) : 1;
    for (const part of ['attn', 'mlp']) {
      run.log(`grad_norm/h.${block}.${part}.weight`, step, 0.08 * depth * (0.8 + 0.4 * noise()) * wave);
    }
  }
}
