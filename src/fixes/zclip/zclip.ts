import { gradientFix } from '../gradientFix.js';

/** ZClip: clipping at what is usual for this very run. */
export const zclip = gradientFix({
  description: {
    id: 'zclip',
    title: 'Clip spikes by their z-score (ZClip)',
    why: 'Follows the mean and the variance of the gradient norm and cuts back only norms that stand out of them, so that no limit has to be chosen and ordinary steps stay as they are.',
    answers: ['gradient-spike', 'loss-spike'],
    contraindications: [
      'The first steps, a learning rate warmup, a change of batch size: norms that change for good look like spikes for a while.',
      'Gradients that are spread over ranks (FSDP, ZeRO 2 and 3).',
      'As an alarm: on healthy runs 1 to 6 % of steps exceed the threshold.',
      'A loss that drifts off for good: lower the learning rate.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers', 'lightning'],
    settings: [
      {
        name: 'z-threshold',
        title: 'Standard deviations above the mean from which a norm is cut back',
        default: 2.5,
        source: "The authors' code, zclip/zclip.py",
      },
      {
        name: 'alpha',
        title: 'Share of the old in the running mean and variance',
        default: 0.97,
        source: "The authors' code, zclip/zclip.py",
      },
      {
        name: 'warmup-steps',
        title: 'Steps from which the first mean and variance are taken',
        default: 25,
        source: "The authors' code, zclip/zclip.py",
      },
    ],
    papers: [
      {
        title: 'ZClip: Adaptive Spike Mitigation for LLM Pre-Training',
        authors: 'Abhay Kumar, Louis Owen, Nilabhra Roy Chowdhury, Fabian Güra',
        year: 2025,
      },
    ],
    labArm: 'zclip',
  },
  bounds: { 'z-threshold': { above: 0 }, alpha: { above: 0, below: 1 }, 'warmup-steps': { above: 1, whole: true } },
  subject: 'optimizer',
  remembers: true,
  knownAs: /^z_?clip/i,
  helper: (values) => `
def zclip(optimizer, z_threshold=${values['z-threshold']}, alpha=${values['alpha']}, warmup_steps=${values['warmup-steps']}):
    """Cuts a gradient norm that stands out back to what is usual for this run (ZClip, Kumar et al. 2025).

    What it has seen is kept in optimizer.param_groups[0], so that it is saved with the optimizer.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    norm = float(torch.nn.utils.clip_grad_norm_(parameters, float("inf")))  # an infinite limit only measures
    if not math.isfinite(norm):
        return
    seen = optimizer.param_groups[0].setdefault("zclip", {"first_norms": [], "mean": 0.0, "variance": 0.0})
    if len(seen["first_norms"]) < warmup_steps:
        seen["first_norms"].append(norm)
        norms = seen["first_norms"]
        seen["mean"] = sum(norms) / len(norms)
        seen["variance"] = sum((n - seen["mean"]) ** 2 for n in norms) / len(norms)
        return
    deviation = math.sqrt(seen["variance"])
    z = (norm - seen["mean"]) / (deviation + 1e-6)
    if z > z_threshold:
        # The further a norm stands out, the closer to the mean it is brought.
        limit = seen["mean"] + z_threshold * deviation * (z_threshold / z)
        torch.nn.utils.clip_grad_norm_(parameters, limit)
        norm = limit
    seen["mean"] = alpha * seen["mean"] + (1 - alpha) * norm
    seen["variance"] = alpha * seen["variance"] + (1 - alpha) * (norm - seen["mean"]) ** 2
`,
});
