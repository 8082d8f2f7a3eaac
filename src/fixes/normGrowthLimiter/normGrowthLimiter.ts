import { gradientFix } from '../gradientFix.js';

/** The limiter of Fira: from one step to the next a tensor's norm grows by a hundredth at most. */
export const normGrowthLimiter = gradientFix({
  description: {
    id: 'norm-growth-limiter',
    title: 'Limit how fast gradient norms grow',
    why: 'Lets the gradient norm of each tensor grow by a small factor from step to step at most, so that a sudden rise becomes a slow one.',
    answers: ['gradient-exploding', 'gradient-spike', 'loss-spike'],
    contraindications: [
      'Small batches, whose norms go up and down by themselves: the smallest of late sets the limit.',
      'A warmup, or data that change: every rise is throttled, wanted or not.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'growth',
        title: 'Largest factor from one norm to the next',
        default: 1.01,
        source: "The authors' code, optimizer_torch/fira_adamw.py",
      },
    ],
    papers: [
      {
        title: 'Fira: Can We Achieve Full-rank Training of LLMs Under Low-rank Constraint?',
        authors: 'Xi Chen, Kaituo Feng, Changsheng Li, et al.',
        year: 2024,
      },
    ],
    labArm: 'norm-growth-limiter',
  },
  bounds: { growth: { above: 1 } },
  subject: 'optimizer',
  remembers: true,
  knownAs: /^(norm_growth_limiter|limit_norm_growth|limit_growth)$/i,
  notes: [
    'In Fira the limiter acts on what low-rank training leaves out; on raw gradients of small batches it also slows wanted growth.',
  ],
  helper: ({ growth }) => `
def limit_norm_growth(optimizer, growth=${growth}):
    """Lets the gradient norm of each tensor grow by a small factor a step at most (Fira, Chen et al. 2024).

    The last norms are kept in optimizer.param_groups, so that they are saved with the optimizer.
    """
    for group in optimizer.param_groups:
        last = group.setdefault("last_norms", [None] * len(group["params"]))
        for index, parameter in enumerate(group["params"]):
            if parameter.grad is None or parameter.grad.is_sparse:
                continue
            norm = torch.linalg.vector_norm(parameter.grad, dtype=torch.float32)
            # A norm of zero would hold the tensor near zero for ever.
            if not torch.isfinite(norm) or norm == 0:
                continue
            if last[index] is not None:
                scale = (growth * last[index] / norm).clamp(max=1.0)
                parameter.grad.mul_(scale.to(parameter.grad.dtype))
                norm = scale * norm
            last[index] = norm
`,
});
