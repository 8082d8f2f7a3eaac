import { gradientFix } from '../gradientFix.js';

/** AutoClip: the limit is a percentile of the norms so far. */
export const autoclip = gradientFix({
  description: {
    id: 'autoclip',
    title: 'Clip at a percentile of the norms so far (AutoClip)',
    why: 'Takes the limit from the history of gradient norms, so that it follows the run from its large first gradients to its small last ones.',
    answers: ['gradient-spike', 'loss-spike', 'gradient-exploding'],
    contraindications: [
      'By design nine steps of ten are clipped, so that only the direction of the gradient counts; with Adam that changes little.',
      'Gradients that grow without bound from the start: the percentile grows with them.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'percentile',
        title: 'Percentile of all norms so far that is the limit',
        default: 10,
        source: "The authors' code, autoclip_tf.py: AutoClipper(10)",
      },
    ],
    papers: [
      {
        title: 'AutoClip: Adaptive Gradient Clipping for Source Separation Networks',
        authors: 'Prem Seetharaman, Gordon Wichern, Bryan Pardo, Jonathan Le Roux',
        year: 2020,
      },
    ],
    labArm: 'autoclip',
  },
  bounds: { percentile: { above: 0, below: 100 } },
  subject: 'optimizer',
  remembers: true,
  knownAs: /^auto_?clip/i,
  helper: ({ percentile }) => `
def autoclip(optimizer, percentile=${percentile}):
    """Clips the gradient norm at a percentile of all norms so far (AutoClip, Seetharaman et al. 2020).

    The latest 10,000 norms are kept in optimizer.param_groups[0], so that they are saved with the optimizer.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    norm = float(torch.nn.utils.clip_grad_norm_(parameters, float("inf")))  # an infinite limit only measures
    if not math.isfinite(norm):
        return
    norms = optimizer.param_groups[0].setdefault("autoclip_norms", [])
    norms.append(norm)
    del norms[:-10000]
    limit = float(torch.quantile(torch.tensor(norms), percentile / 100))
    torch.nn.utils.clip_grad_norm_(parameters, limit)
`,
});
