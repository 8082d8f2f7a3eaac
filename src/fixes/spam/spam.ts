import { gradientFix } from '../gradientFix.js';
import { ADAM_KIND } from '../optimizerKinds.js';

/** SPAM: entries of a gradient that dwarf Adam's second moment are cut back, and the moments are forgotten from time to time. */
export const spam = gradientFix({
  description: {
    id: 'spam',
    title: 'Cut spikes back and forget moments from time to time (SPAM)',
    why: "Cuts entries of the gradient that dwarf what Adam knows of them, and zeroes Adam's moments every few hundred steps, so that a spike neither moves the weights far nor lingers in the momentum.",
    answers: ['loss-spike', 'gradient-spike', 'divergence'],
    contraindications: [
      "SGD and other optimizers without Adam's second moment.",
      'Embeddings and experts with rare gradients: whatever they get looks like a spike. Entries that Adam has never seen are left alone.',
      'As the first remedy for a single spike: clipping costs less, and forgetting costs the steps in which the rate rises anew.',
      'Comparisons with Adam at the same nominal learning rate.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'threshold',
        title: 'Square of an entry, as a multiple of its second moment, from which it is cut',
        default: 5000,
        source: "The authors' code, galore_torch/SPAM.py",
      },
      {
        name: 'reset-interval',
        title: 'Steps from one forgetting to the next',
        default: 500,
        source: "The authors' code, galore_torch/SPAM.py",
      },
      {
        name: 'rewarm-steps',
        title: 'Steps over which the learning rate rises anew',
        default: 150,
        source: "The authors' code, galore_torch/SPAM.py",
      },
      {
        name: 'grace-steps',
        title: 'Steps after a reset without cutting, until the second moment means something',
        default: 20,
        source: "The authors' code, galore_torch/SPAM.py (grad_accu_steps)",
      },
    ],
    papers: [
      {
        title: 'SPAM: Spike-Aware Adam with Momentum Reset for Stable LLM Training',
        authors: 'Tianjin Huang, Ziquan Zhu, Gaojie Jin, et al.',
        year: 2025,
      },
    ],
    labArm: 'spam',
  },
  bounds: {
    threshold: { above: 0 },
    'reset-interval': { above: 0, whole: true },
    'rewarm-steps': { above: 0, whole: true },
    'grace-steps': { above: 0, whole: true },
  },
  subject: 'optimizer',
  remembers: true,
  optimizers: ADAM_KIND,
  knownAs: /^(stable_?)?spam$/i,
  notes: [
    "Unlike in the authors' code, Adam's step counter is reset with its moments: otherwise steps would be up to 2.7 times too long.",
    'The loss dips and rises a little after every reset: that is by design.',
  ],
  helper: (values) => `
def spam(optimizer, threshold=${values['threshold']}, interval=${values['reset-interval']}, rewarm=${values['rewarm-steps']}, grace=${values['grace-steps']}):
    """Cuts spikes out of the gradients and lets Adam forget every \`interval\` steps (SPAM, Huang et al. 2025).

    Call it once a step, before optimizer.step(). The steps are counted in optimizer.param_groups[0].
    """
    optimizer = getattr(optimizer, "optimizer", optimizer)  # what Accelerate, Fabric or Lightning wrapped
    first = optimizer.param_groups[0]
    step = first["spam_step"] = first.get("spam_step", -1) + 1
    since_reset = step % interval
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            state = optimizer.state.get(parameter, {})
            if "exp_avg_sq" not in state:
                continue
            if step > 0 and since_reset == 0:
                # With the moments their step counter, or the bias correction would be missing.
                for name in ("exp_avg", "exp_avg_sq", "step"):
                    state[name] = torch.zeros_like(state[name]) if torch.is_tensor(state[name]) else 0
            if since_reset >= grace and parameter.grad is not None and not parameter.grad.is_sparse:
                gradient, square = parameter.grad, state["exp_avg_sq"].to(parameter.grad.dtype)
                spike = (gradient**2 > threshold * square) & (square > 0)
                gradient[spike] = gradient[spike].sign() * (threshold * square[spike]).sqrt()
    if not hasattr(optimizer, "spam_restores_rate"):
        optimizer.spam_restores_rate = optimizer.register_step_post_hook(
            lambda opt, args, kwargs: [group.update(lr=group.pop("spam_rate", group["lr"])) for group in opt.param_groups]
        )
    if step >= interval and since_reset <= rewarm:
        # For this step alone: a scheduler sees the full learning rate again.
        share = 1 - 0.99 * (1 + math.cos(math.pi * since_reset / rewarm)) / 2
        for group in optimizer.param_groups:
            group["spam_rate"] = group.pop("spam_rate", group["lr"])
            group["lr"] = group["spam_rate"] * share
`,
});
