import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `… INFO [olmo.train:967, rank=0] [step=10/739328,epoch=0]` and below it, indented, `train/CrossEntropyLoss=10.1`. */
export const olmo: Dialect = {
  id: 'olmo',
  title: 'OLMo output',
  writtenBy: 'OLMo, OLMo-core',
  rules: [
    { line: /\[step=(?<step>\d+)(?:\/(?<total>\d+))?(?:,epoch=[\d/]+)?(?:,[^\]]*)?\]\s*$/, context: 'opens' },
    { line: /^\s{2,}(?<rest>[A-Za-z][\w .()/-]*=[^=]+)$/, pairs: assignedPairs, context: 'needs' },
  ],
};
