import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GrammarFiles } from '../../../src/engine/sources/grammarFiles.js';
import { namedFacts } from '../../../src/engine/facts/namedFacts.js';
import { factsOfRun } from '../../../src/engine/facts/runFacts.js';
import { factsOfSource } from '../../../src/engine/facts/sourceFacts.js';
import { provokedSymptom, trialRequestFor, trialRequestForSymptom } from '../../../src/engine/lab/trialRequest.js';
import type { RunFacts } from '../../../src/lab/lab.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { SourceLanguage } from '../../../src/model/sourceLanguage.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(new GrammarFiles(import.meta.dirname));
});

const facts = (text: string, language: SourceLanguage = 'python'): RunFacts =>
  factsOfSource(finder.analyse(text, language));

describe('what a source says of a run', () => {
  it('reads the sample: optimizer, size, placement, and the default of an option', () => {
    expect(facts(readFileSync('examples/train.py', 'utf8'))).toEqual({
      optimizer: 'adamw',
      learningRate: 3e-3,
      width: 128,
      depth: 4,
      placement: 'pre',
      norm: 'layer',
    });
  });

  it('reads numbers of the optimizer and the limit of clipping', () => {
    const text = `
import torch
LIMIT = 0.5
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=6e-4, betas=(0.9, 0.95), eps=1e-6, weight_decay=0.1)
for x in data:
    loss = model(x).sum()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
`;
    expect(facts(text)).toEqual({
      optimizer: 'adam',
      learningRate: 6e-4,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-6,
      weightDecay: 0.1,
      clipNorm: 0.5,
    });
  });

  it('reads what a library is given, and says nothing of a number that two places give differently', () => {
    const text = `
from transformers import Trainer, TrainingArguments
args = TrainingArguments("out", learning_rate=2e-5, warmup_ratio=0.1, max_grad_norm=1.0, adam_beta2=0.98)
Trainer(model=model, args=args).train()
`;
    expect(facts(text)).toMatchObject({ learningRate: 2e-5, warmupShare: 0.1, clipNorm: 1, beta2: 0.98 });
    expect(facts('width = 3\ndef f():\n    width = 4\n').width).toBeUndefined();
  });

  it('tells placements of norms apart', () => {
    const block = (forward: string): string => `
import torch.nn as nn
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.n1 = nn.RMSNorm(d)
        self.n2 = nn.RMSNorm(d)
        self.f = nn.Linear(d, d)
    def forward(self, x):
        ${forward}
`;
    expect(facts(block('return self.n1(x + self.f(x))'))).toMatchObject({ placement: 'post', norm: 'rms' });
    expect(facts(block('return x + self.f(self.n1(x))'))).toMatchObject({ placement: 'pre', norm: 'rms' });
    expect(facts(block('return x + self.n2(self.f(self.n1(x)))'))).toMatchObject({ placement: 'peri' });
  });
});

describe('what a run says of itself', () => {
  it('knows the names of many programs, and what cannot be', () => {
    expect(
      namedFacts(
        Object.entries({
          'optimizer/lr': '3e-4',
          optim: 'adamw_torch_fused',
          n_embd: 768,
          'model.n_layer': 12,
          adam_betas: [0.9, 0.98],
          grad_clip: 0,
          warmup_steps: 200,
          max_steps: 10_000,
          dropout: 0.1,
          weight_decay: 'none',
        }),
      ),
    ).toEqual({
      learningRate: 3e-4,
      optimizer: 'adamw',
      width: 768,
      depth: 12,
      beta1: 0.9,
      beta2: 0.98,
      warmupShare: 0.02,
    });
  });

  it('believes what was logged before what was meant', () => {
    const rates = [0.0001, 0.0005, 0.001, 0.001, 0.0005].map((rate, index) => ({ step: 10 * index, rate }));
    expect(
      factsOfRun({ configuration: { lr: 5 }, totalSteps: 100, rates }, { learningRate: 7, optimizer: 'lion' }),
    ).toEqual({ optimizer: 'lion', learningRate: 0.001, warmupShare: 0.2 });
    const constant = [0.002, 0.002].map((rate, step) => ({ step, rate }));
    expect(factsOfRun({ configuration: {}, rates: constant }, {})).toEqual({ learningRate: 0.002, warmupShare: 0 });
    expect(factsOfRun({ configuration: {}, rates: [{ step: 0, rate: Number.NaN }] }, {})).toEqual({});
  });
});

it('provokes the first link of a chain that a proxy can show', () => {
  const link = (symptom: 'hardware' | 'gradient-spike') => ({ monitor: 'm', symptom, fromStep: 0, toStep: 1 });
  expect(provokedSymptom({ symptom: 'divergence', chain: [link('hardware'), link('gradient-spike')] })).toBe(
    'gradient-spike',
  );
  expect(provokedSymptom({ symptom: 'resume' })).toBeUndefined();
  const finding = { id: 'finding-1', title: 'Resumed', symptom: 'resume', fixes: [] } as const;
  expect(trialRequestFor({ id: 'run' }, finding, {}).finding.symptom).toBe('resume');
});

it('tries what fits best, and says of the others that they have to be named', () => {
  const { fixes } = trialRequestForSymptom('loss-spike', {});
  const tried = fixes.filter(({ arm, whyNot }) => arm !== null && whyNot === undefined);
  expect(tried).toHaveLength(8);
  expect(fixes.find(({ whyNot }) => whyNot !== undefined)?.whyNot).toContain('name it');
  expect(trialRequestForSymptom('loss-spike', {}, ['spam']).fixes.map(({ id }) => id)).toEqual(['spam']);
});
