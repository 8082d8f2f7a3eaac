import type { CheckpointRule } from './rule.js';

/** A pickle that would run something on being loaded. */
export const SUSPICIOUS_PICKLE: CheckpointRule = {
  id: 'suspicious-pickle',
  symptom: 'other',
  judge: ({ suspicions }) =>
    suspicions.map(({ global, called, detail }) => ({
      about: global,
      severity: 'error',
      confidence: called ? 0.95 : 0.8,
      title: called
        ? `Loading this file with Python would call ${global}`
        : `Loading this file with Python would import ${global}`,
      explanation:
        `The pickle ${called ? 'calls' : 'names'} ${global} ${detail}. No checkpoint needs that, and it is how files take over ` +
        'the machine that loads them. Evenkeel has only read it: nothing was imported and nothing was called.',
      otherCauses: ['a program that pickles objects of its own instead of tensors: its authors can say so'],
      evidence: [],
    })),
};
