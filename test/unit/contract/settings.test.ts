import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/contract/settings.js';

describe('settings', () => {
  it.each(Object.values(SETTINGS).map((setting) => [setting.id, setting] as const))(
    '%s accepts its own default',
    (_, setting) => {
      expect(setting.accepts(setting.default)).toBe(true);
    },
  );

  it.each(Object.values(SETTINGS).map((setting) => [setting.id, setting] as const))(
    '%s refuses what a settings.json can hold instead',
    (_, setting) => {
      expect(setting.accepts(null)).toBe(false);
      expect(setting.accepts(undefined)).toBe(false);
      expect(setting.accepts([{}])).toBe(false);
    },
  );

  it('takes roles of the vocabulary only', () => {
    expect(SETTINGS.roles.accepts({ my_ce: 'train/loss', 'val/*_ce': 'eval/code/loss' })).toBe(true);
    expect(SETTINGS.roles.accepts({ my_ce: 'training loss' })).toBe(false);
    expect(SETTINGS.roles.accepts({ my_ce: 3 })).toBe(false);
  });

  it('takes levels of rules only', () => {
    expect(SETTINGS.rules.accepts({ 'adam-l2': 'off', 'missing-zero-grad': 'error' })).toBe(true);
    expect(SETTINGS.rules.accepts({ 'adam-l2': 'hint' })).toBe(false);
    expect(SETTINGS.rules.accepts({ 'adam-l2': false })).toBe(false);
  });

  it('keeps polling within its limits', () => {
    expect(SETTINGS.pollInterval.accepts(100)).toBe(true);
    expect(SETTINGS.pollInterval.accepts(99)).toBe(false);
    expect(SETTINGS.pollInterval.accepts(Number.NaN)).toBe(false);
  });
});
