import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * mmcv's `… - mmdet - INFO - Epoch [1][50/30045]\tlr: 9.890e-04, eta: …, loss: 3.8746, grad_norm: 0.4171` and
 * mmengine's `… - mmengine - INFO - Epoch(train)  [1][ 50/7330]  lr: 1.9e-03  eta: …  loss: 2.1`, each also with
 * iterations instead of epochs.
 */
export const openmmlab: Dialect = {
  id: 'openmmlab',
  title: 'OpenMMLab text log',
  writtenBy: 'mmcv and mmengine: mmdetection, mmsegmentation, mmpose and others',
  rules: [
    {
      line: /- \w+ - INFO - Epoch\(?(?<split>train|val|test)?\)? *\[(?<epoch>\d+)\]\[ *(?<iteration>\d+)\/(?<length>\d+)\]\s+(?<rest>.*)$/,
      pairs: assignedPairs,
    },
    {
      line: /- \w+ - INFO - Epoch\((?<split>val|test)\) *\[(?<epoch>\d+)\]\[ *\d+\]\s+(?<rest>.*)$/,
      pairs: assignedPairs,
    },
    {
      line: /- \w+ - INFO - Iter\(?(?<split>train|val|test)?\)? *\[ *(?<step>\d+)\/(?<total>\d+)\]\s+(?<rest>.*)$/,
      pairs: assignedPairs,
    },
  ],
};
