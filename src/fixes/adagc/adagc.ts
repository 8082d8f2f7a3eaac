import { gradientFix } from '../gradientFix.js';

/** AdaGC: each tensor is clipped at a multiple of its own usual norm. */
export const adagc = gradientFix({
  description: {
    id: 'adagc',
    title: 'Clip each tensor at its own usual norm (AdaGC)',
    why: 'Bounds the gradient of every tensor by a little more than its own running norm, so that a spike in one layer is cut back there and the others keep their full steps.',
    answers: ['gradient-spike', 'loss-spike', 'gradient-imbalance'],
    contraindications: [
      'Norms that ought to grow (warmup, new data, a higher learning rate): the limit rises by a thousandth a step, so a norm that doubles for good stays clipped for some 650 steps.',
      'Embeddings and experts that get no gradient on most steps.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'relative-limit',
        title: 'Multiple of the running norm of a tensor at which it is clipped',
        default: 1.05,
        source: 'pytorch_optimizer/optimizer/adagc.py (third party)',
      },
      {
        name: 'absolute-limit',
        title: 'Limit of the global norm during the first steps',
        default: 1.0,
        source: 'pytorch_optimizer/optimizer/adagc.py (third party)',
      },
      {
        name: 'beta',
        title: 'Share of the old in the running norm',
        default: 0.98,
        source: 'pytorch_optimizer/optimizer/adagc.py (third party)',
      },
      {
        name: 'warmup-steps',
        title: 'Steps with clipping by global norm, in which the smallest norm of each tensor is learned',
        default: 100,
        source: 'pytorch_optimizer/optimizer/adagc.py (third party)',
      },
    ],
    papers: [
      {
        title: 'AdaGC: Improving Training Stability for Large Language Model Pretraining',
        authors: 'Guoxia Wang, Shuai Li, Congliang Chen, et al.',
        year: 2025,
      },
    ],
    labArm: 'adagc',
  },
  bounds: {
    'relative-limit': { above: 1 },
    'absolute-limit': { above: 0 },
    beta: { above: 0, below: 1 },
    'warmup-steps': { above: 0, whole: true },
  },
  subject: 'optimizer',
  remembers: true,
  knownAs: /^ada_?gc/i,
  notes: ['Every tensor has a limit of its own: log the norms of some of them to see what is clipped.'],
  helper: (values) => `
def adagc(optimizer, relative=${values['relative-limit']}, absolute=${values['absolute-limit']}, beta=${values['beta']}, warmup_steps=${values['warmup-steps']}):
    """Clips the gradient of each tensor at a little more than its running norm (AdaGC, Wang et al. 2025).

    The running norms are kept in optimizer.param_groups, so that they are saved with the optimizer.
    """
    step = optimizer.param_groups[0].get("adagc_step", 0) + 1
    optimizer.param_groups[0]["adagc_step"] = step
    if step <= warmup_steps:
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        torch.nn.utils.clip_grad_norm_(parameters, absolute)
    for group in optimizer.param_groups:
        usual = group.setdefault("adagc_norms", [None] * len(group["params"]))
        for index, parameter in enumerate(group["params"]):
            if parameter.grad is None or parameter.grad.is_sparse:
                continue
            norm = torch.linalg.vector_norm(parameter.grad, dtype=torch.float32)
            # A running norm of zero would hold the tensor at zero for ever.
            if not torch.isfinite(norm) or norm == 0:
                continue
            if usual[index] is None:
                usual[index] = norm
            elif step <= warmup_steps:
                usual[index] = torch.minimum(usual[index], norm)
            else:
                scale = (relative * usual[index] / norm).clamp(max=1.0)
                parameter.grad.mul_(scale.to(parameter.grad.dtype))
                usual[index] = beta * usual[index] + (1 - beta) * scale * norm
`,
});
