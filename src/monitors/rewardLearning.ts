import type { NotEvaluated } from '../model/finding.js';

/** The loss of a run that learns from rewards says nothing of its progress. */
export function lossIsNoProgress(monitor: string): NotEvaluated {
  return {
    monitor,
    missing: ['a loss that measures progress: this run learns from rewards'],
    remedy: 'Watch the reward, the KL divergence and the entropy instead.',
  };
}
