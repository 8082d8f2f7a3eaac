import type { Baseline } from './rule.js';
import { isTrainingLoss, mean, Recent } from './rule.js';

/** The loss may be so many times its running mean (rtol of 2 above it) over so many batches. */
const TIMES = 3;
const WINDOW = 10;

/** PyTorch Lightning's SpikeDetection. */
export const lightning: Baseline = {
  id: 'lightning-spike-detection',
  title: 'Lightning SpikeDetection',
  covers: ['nan', 'loss_spike'],
  start: () => {
    const recent = new Recent(WINDOW);
    return (point) => {
      if (!isTrainingLoss(point)) {
        return [];
      }
      const before = recent.of(point);
      if (!Number.isFinite(point.value)) {
        return [{ kind: 'nan', step: point.step }];
      }
      const usual = mean(before);
      recent.push(point);
      const spikes = before.length > 0 && Math.abs(point.value - usual) >= (TIMES - 1) * Math.abs(usual);
      return spikes && point.value > usual ? [{ kind: 'loss_spike', step: point.step }] : [];
    };
  },
};
