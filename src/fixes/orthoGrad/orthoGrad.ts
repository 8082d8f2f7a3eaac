import { gradientFix } from '../gradientFix.js';

/** Takes out of the gradient what only makes the weights longer. */
export const orthoGrad = gradientFix({
  description: {
    id: 'ortho-grad',
    title: 'Take out of the gradient what only scales the weights (⊥Grad)',
    why: 'Once the training data are fitted, gradients point along the weights: logits grow, the loss shrinks, predictions stay. Without that part the gradient works on what is still to be learned.',
    answers: ['loss-zero', 'plateau', 'overfitting'],
    contraindications: [
      'Runs whose loss is far above zero: the part that it removes is small or wanted there.',
      'Weights whose length matters, such as gains and biases of one entry: these would not move at all and are left out.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [],
    papers: [
      {
        title: 'Grokking at the Edge of Numerical Stability',
        authors: 'Lucas Prieto, Melih Barsbey, Pedro A. M. Mediano, Tolga Birdal',
        year: 2025,
      },
    ],
    labArm: 'ortho-grad',
  },
  bounds: {},
  subject: 'optimizer',
  remembers: false,
  knownAs: /ortho_?grad|perp_?grad/i,
  helper: () => `
@torch.no_grad()
def orthogonalize_gradients(optimizer):
    """Removes from every gradient its part along the weights and restores its norm (Prieto et al. 2025)."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is None or parameter.grad.is_sparse or parameter.numel() < 2:
                continue
            weights, gradient = parameter.flatten().float(), parameter.grad.flatten().float()
            along = torch.dot(weights, gradient) / (torch.dot(weights, weights) + 1e-30)
            orthogonal = gradient - along * weights
            norm, left = torch.linalg.vector_norm(gradient), torch.linalg.vector_norm(orthogonal)
            # Where nothing but rounding is left, there is no direction to restore the norm in.
            scale = torch.where(left > 1e-6 * norm, norm / (left + 1e-30), 0.0)
            parameter.grad.copy_((orthogonal * scale).view_as(parameter.grad))
`,
});
