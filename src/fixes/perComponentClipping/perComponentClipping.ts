import { gradientFix } from '../gradientFix.js';

/** Clipping by norm for each kind of component: queries, feed-forward layers, embeddings … */
export const perComponentClipping = gradientFix({
  description: {
    id: 'per-component-clipping',
    title: 'Clip each kind of component by itself',
    why: 'Clips the gradients of queries, keys, feed-forward layers, embeddings and so on by norms of their own, so that the largest of them no longer shrink the steps of all the others.',
    answers: ['gradient-imbalance', 'gradient-spike'],
    contraindications: [
      'Next to a lower global limit, which undoes it.',
      'A limit that was tuned for the global norm: that of one component is smaller.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'max-norm',
        title: 'Largest gradient norm of one kind of component',
        default: 1.0,
        source: "Within the grid 0.01 to 5 of the authors' run.sh; to be tuned",
      },
    ],
    papers: [
      {
        title:
          'Improving Stability of Fine-Tuning Pretrained Language Models via Component-Wise Gradient Norm Clipping',
        authors: 'Chenghao Yang, Xuezhe Ma',
        year: 2022,
      },
    ],
    labArm: 'per-component-clipping',
  },
  bounds: { 'max-norm': { above: 0 } },
  subject: 'model',
  remembers: false,
  knownAs: /^(clip_components|clip_grad_norm_per_\w+|component_?wise_\w*clip\w*)$/i,
  helper: (values) => `
def clip_components(model, max_norm=${values['max-norm']}):
    """Clips the gradients of each kind of component by their own norm (Yang and Ma 2022).

    Parameters are of one kind if their names differ only in numbers: layer.0.attention.query and layer.1.attention.query.
    """
    components = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            kind = re.sub(r"\\d+", "*", name).rpartition(".")[0]
            components.setdefault(kind, []).append(parameter)
    for parameters in components.values():
        torch.nn.utils.clip_grad_norm_(parameters, max_norm)
`,
});
