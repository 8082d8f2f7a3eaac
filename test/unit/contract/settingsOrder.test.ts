import { describe, expect, test } from 'vitest';
import { arrangeSettings, differingSettings } from '../../../src/contract/settingsOrder.js';

describe('the settings of a run', () => {
  const configuration = {
    zeta: true,
    'model/layers': 12,
    'optimizer.lr': 3e-4,
    'optimizer.betas': [0.9, 0.95],
    seed: 1337,
    'trainer.weight-decay': 0.1,
    layer10: 1,
    layer9: 1,
    learning_rate_note: 'see the paper',
    output: null,
  };

  test('begin with what tells most, and go on by name', () => {
    const { telling, others } = arrangeSettings(configuration);
    expect(telling.map(({ name }) => name)).toEqual([
      'optimizer.lr',
      'optimizer.betas',
      'trainer.weight-decay',
      'seed',
    ]);
    expect(others.map(({ name }) => name)).toEqual([
      'layer9',
      'layer10',
      'learning_rate_note',
      'model/layers',
      'output',
      'zeta',
    ]);
    expect(telling[0]).toEqual({ name: 'optimizer.lr', value: '0.0003' });
    expect(others.find(({ name }) => name === 'output')?.value).toBe('null');
  });

  test('are found by words of their names and values, in any order and case', () => {
    const names = (search: string) => {
      const { telling, others } = arrangeSettings(configuration, search);
      return [...telling, ...others].map(({ name }) => name);
    };
    expect(names('OPTIM')).toEqual(['optimizer.lr', 'optimizer.betas']);
    expect(names('0.95 betas')).toEqual(['optimizer.betas']);
    expect(names('paper')).toEqual(['learning_rate_note']);
    expect(names('nowhere')).toEqual([]);
  });
});

describe('settings that differ', () => {
  const own = { lr: 3e-4, seed: 1, model: 'gpt', notes: 'a', only: 1 };

  test('are those that the runs do not share, the most telling first', () => {
    const other = { lr: 1e-3, seed: 1, model: 'gpt', notes: 'b' };
    expect(differingSettings([own, other])).toEqual([
      { name: 'lr', values: ['0.0003', '0.001'] },
      { name: 'notes', values: ['a', 'b'] },
      { name: 'only', values: ['1', undefined] },
    ]);
  });

  test('are none where a log carries no settings', () => {
    expect(differingSettings([own, {}, undefined])).toEqual([]);
    expect(differingSettings([own, {}, { ...own, seed: 2 }])).toEqual([
      { name: 'seed', values: ['1', undefined, '2'] },
    ]);
  });
});
