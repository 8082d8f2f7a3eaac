import { gradientFix } from '../gradientFix.js';
import { ADAM_KIND } from '../optimizerKinds.js';

/** Stable-SPAM: entries bounded by a running maximum, norms by their own running moments, and moments forgotten. */
export const stableSpam = gradientFix({
  description: {
    id: 'stable-spam',
    title: 'Normalise gradients by their own history (Stable-SPAM)',
    why: "Bounds the entries of each tensor's gradient by a running maximum, brings its norm to what is usual for it, and zeroes Adam's moments from time to time: made for training in four bits, where spikes are frequent.",
    answers: ['loss-spike', 'gradient-spike', 'precision'],
    contraindications: [
      'Runs without spikes: gradients of every step are rescaled, which changes what the learning rate means.',
      'Monitors of the gradient norm, which see norms of about one afterwards: log them before.',
      "SGD and other optimizers without Adam's moments.",
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'gamma1',
        title: 'Share of the old in the running norm',
        default: 0.7,
        source: "The authors' code, galore_torch/stablespam.py",
      },
      {
        name: 'gamma2',
        title: 'Share of the old in the running square of the norm',
        default: 0.9,
        source: "The authors' code, galore_torch/stablespam.py",
      },
      {
        name: 'theta',
        title: 'Share of the old in the running maximum',
        default: 0.999,
        source: "The authors' code, galore_torch/stablespam.py",
      },
      {
        name: 'reset-interval',
        title: 'Steps from one forgetting to the next',
        default: 1000,
        source: "The authors' code, galore_torch/stablespam.py",
      },
    ],
    papers: [
      {
        title: 'Stable-SPAM: How to Train in 4-Bit More Stably than 16-Bit Adam',
        authors: 'Tianjin Huang, Haotian Hu, Zhenyu Zhang, et al.',
        year: 2025,
      },
    ],
    labArm: 'stable-spam',
  },
  bounds: {
    gamma1: { above: 0, below: 1 },
    gamma2: { above: 0, below: 1 },
    theta: { above: 0, below: 1 },
    'reset-interval': { above: 0, whole: true },
  },
  subject: 'optimizer',
  remembers: true,
  optimizers: ADAM_KIND,
  knownAs: /^(stable_?)?spam$/i,
  notes: [
    "Unlike in the authors' code, the running maximum keeps a step counter of its own: otherwise spikes after a reset would pass.",
    'Gradients have another scale now: tune the learning rate anew, and log norms before the call.',
  ],
  helper: (values) => `
def stable_spam(optimizer, gamma1=${values['gamma1']}, gamma2=${values['gamma2']}, theta=${values['theta']}, interval=${values['reset-interval']}):
    """Brings each tensor's gradient to what is usual for it, and lets Adam forget (Stable-SPAM, Huang et al. 2025).

    Call it once a step, before optimizer.step(). What it has seen is kept in optimizer.param_groups.
    """
    optimizer = getattr(optimizer, "optimizer", optimizer)  # what Accelerate, Fabric or Lightning wrapped
    step = optimizer.param_groups[0].get("stable_spam_step", 0) + 1
    optimizer.param_groups[0]["stable_spam_step"] = step
    for group in optimizer.param_groups:
        history = group.setdefault("stable_spam", [None] * len(group["params"]))
        for index, parameter in enumerate(group["params"]):
            gradient, state = parameter.grad, optimizer.state.get(parameter, {})
            if step > 1 and (step - 1) % interval == 0:
                # With the moments their step counter, or the bias correction would be missing.
                for name in ("exp_avg", "exp_avg_sq", "step"):
                    if name in state:
                        state[name] = torch.zeros_like(state[name]) if torch.is_tensor(state[name]) else 0
            if gradient is None or gradient.is_sparse or not torch.isfinite(gradient).all() or not gradient.any():
                continue
            seen, maximum, mean, square = history[index] or (0, 0.0, 0.0, 0.0)
            seen += 1
            # Entries above the running maximum are scaled down to it.
            largest = gradient.abs().max()
            maximum = theta * maximum + (1 - theta) * largest
            bound = maximum / (1 - theta**seen)
            gradient.copy_(torch.where(gradient.abs() > bound, gradient / largest * bound, gradient))
            # The norm becomes what is usual for it, by the moments of the norm itself.
            norm = torch.linalg.vector_norm(gradient)
            mean = gamma1 * mean + (1 - gamma1) * norm
            square = gamma2 * square + (1 - gamma2) * norm**2
            usual = (mean / (1 - gamma1**seen)) / ((square / (1 - gamma2**seen)).sqrt() + 1e-8)
            gradient.mul_(usual / norm)
            history[index] = (seen, maximum, mean, square)
`,
});
