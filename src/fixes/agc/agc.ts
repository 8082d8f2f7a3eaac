import { gradientFix } from '../gradientFix.js';

/** Adaptive gradient clipping: gradients are bounded by the size of the weights that they move. */
export const agc = gradientFix({
  description: {
    id: 'agc',
    title: 'Clip by the size of the weights (AGC)',
    why: 'Bounds the gradient of every unit (row or filter) by a share of the norm of its weights, so that no step changes a unit out of proportion.',
    answers: ['gradient-exploding', 'gradient-imbalance', 'gradient-spike'],
    contraindications: [
      'Weights that start at zero (residual gains, LoRA B): they would hardly move.',
      'The last layer, which the paper leaves out: give it a parameter group with agc=False.',
      'Networks with normalisation layers, where the length of the weights means something else.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning', 'jax'],
    settings: [
      {
        name: 'clip-factor',
        title: 'Largest norm of a gradient, as a share of the norm of its weights',
        default: 0.01,
        source: "The authors' code, nfnets/optim.py; timm/utils/agc.py",
      },
      {
        name: 'epsilon',
        title: 'Norm that weights are taken to have at least',
        default: 0.001,
        source: "The authors' code, nfnets/optim.py; timm/utils/agc.py",
      },
    ],
    papers: [
      {
        title: 'High-Performance Large-Scale Image Recognition Without Normalization',
        authors: 'Andrew Brock, Soham De, Samuel L. Smith, Karen Simonyan',
        year: 2021,
      },
    ],
    labArm: 'agc',
  },
  bounds: { 'clip-factor': { above: 0 }, epsilon: { above: 0 } },
  subject: 'optimizer',
  remembers: false,
  knownAs: /^(agc|adaptive_clip_grad|adaptive_grad_clip|adaptive_gradient_clip\w*|AGC)$/,
  notes: ['The paper leaves the last layer unclipped: give it a parameter group of its own with agc=False.'],
  optax: (values, optimizer) =>
    `${optimizer.name('adaptive_grad_clip')}(${values['clip-factor']}, eps=${values['epsilon']})`,
  helper: (values) => `
def agc(optimizer, clip_factor=${values['clip-factor']}, epsilon=${values['epsilon']}):
    """Bounds the gradient of every unit by a share of the norm of its weights (AGC, Brock et al. 2021).

    A unit is a row of a matrix or a filter of a convolution; a vector is one unit. Groups with agc=False stay as they are.
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is None or parameter.grad.is_sparse or not group.get("agc", True):
                continue
            within = tuple(range(1, parameter.ndim)) if parameter.ndim > 1 else None
            weight = torch.linalg.vector_norm(parameter.detach(), dim=within, keepdim=True).clamp(min=epsilon)
            gradient = torch.linalg.vector_norm(parameter.grad, dim=within, keepdim=True).clamp(min=1e-6)
            parameter.grad.mul_((clip_factor * weight / gradient).clamp(max=1.0))
`,
});
