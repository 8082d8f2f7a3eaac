import type { QuantityNames } from './quantityNames.js';

/** Codebooks of vector-quantized models. */
export const CODEBOOK = {
  'codebook/active': [
    'active codes',
    'num active codes',
    'n active codes',
    'used codes',
    'num used codes',
    'unique codes',
    'num unique codes',
    'cluster use',
    'codes used',
  ],
  'codebook/perplexity': [
    'codebook perplexity',
    'code perplexity',
    'vq perplexity',
    'quantizer perplexity',
    'quantization perplexity',
    'codebook ppl',
    'code ppl',
  ],
  'codebook/usage': [
    'codebook usage',
    'codebook utilization',
    'codebook utilisation',
    'codebook use',
    'code usage',
    'code utilization',
    'vq usage',
    'vq utilization',
    'quantizer usage',
    'quantizer utilization',
  ],
} as const satisfies QuantityNames;
