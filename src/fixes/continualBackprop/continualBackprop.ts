import { HIDDEN_UNITS } from '../editing/hiddenUnits.js';
import { notCompiled } from '../editing/compiledModels.js';
import { gradientFix } from '../gradientFix.js';

/** Continual backpropagation: at every step the least useful of the units that are old enough begin anew. */
export const continualBackprop = gradientFix({
  description: {
    id: 'continual-backprop',
    title: 'Renew the least useful units all the time (continual backprop)',
    why: 'The variety of the first random weights is what makes a network able to learn, and training uses it up; renewing a few of the least useful units at every step keeps it.',
    answers: ['plasticity'],
    contraindications: [
      'Training once, on data that do not change: nothing is lost there.',
      'Saturating activations (tanh, sigmoid): a size that says nothing of their use.',
      'Gated and attention layers of a Transformer: units that are multiplied or added are left alone.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning'],
    settings: [
      {
        name: 'replacement-rate',
        title: 'Share of the mature units that is renewed at each step',
        default: 1e-4,
        source: 'Dohare et al. 2024: 1e-4 in Ant and permuted MNIST, 1e-5 to 3e-4 elsewhere',
      },
      {
        name: 'decay',
        title: 'Decay of the running mean of a unit’s use',
        default: 0.99,
        source: 'Dohare et al. 2024, every experiment',
      },
      {
        name: 'maturity',
        title: 'Steps for which a new unit is safe',
        default: 100,
        source: 'Dohare et al. 2024: 100 in MNIST and ImageNet, 1,000 in CIFAR, 10,000 in reinforcement learning',
      },
    ],
    papers: [
      {
        title: 'Loss of Plasticity in Deep Continual Learning',
        authors: 'Shibhansh Dohare, J. Fernando Hernandez-Garcia, Qingfeng Lan, et al.',
        year: 2024,
      },
    ],
    labArm: 'continual-backprop',
  },
  bounds: {
    'replacement-rate': { above: 0, below: 1 },
    decay: { above: 0, below: 1 },
    maturity: { above: 0, whole: true },
  },
  subject: 'optimizer',
  ofLayers: true,
  remembers: true,
  uses: [HIDDEN_UNITS],
  unless: notCompiled,
  knownAs: /^(?:continual_?backprop\w*|cbp(?:linear|conv)?|(?:conv|res)?gnt|gen_and_test|generate_and_test)$/i,
  notes: ['In reinforcement learning give new units more time: a maturity of 10,000 steps is what the authors use.'],
  helper: (values) => `
def continual_backprop(optimizer, rate=${values['replacement-rate']}, decay=${values['decay']}, maturity=${values['maturity']}):
    """Renews a few of the least useful hidden units at every step (continual backprop, Dohare et al. 2024).

    The use of a unit is the running mean of its size times that of its outgoing weights. Call it once a step, before
    optimizer.step(). What is known of the units is kept in optimizer.param_groups[0].
    """
    optimizer = getattr(optimizer, "optimizer", optimizer)  # what Accelerate, Fabric or Lightning wrapped
    units = getattr(optimizer, "continual_units", None)
    if units is None:
        optimizer.continual_units = HiddenUnits(optimizer)  # sees what comes from the next step on
        return
    order = {id(p): i for i, p in enumerate(p for group in optimizer.param_groups for p in group["params"])}
    memory = optimizer.param_groups[0].setdefault("continual_backprop", {})
    for layer, readers, size, mean in units.take():
        known = memory.setdefault(order[id(layer.weight)], {"use": 0 * size, "mean": 0 * size, "age": 0 * size, "due": 0.0})
        outgoing = sum(
            reader.weight.detach().abs().mean(0).reshape(len(size), -1).mean(1) for reader in readers
        )
        known["use"] = decay * known["use"].to(size) + (1 - decay) * size * outgoing
        known["mean"] = decay * known["mean"].to(size) + (1 - decay) * mean
        known["age"] = known["age"].to(size) + 1
        mature = known["age"] > maturity
        known["due"] += rate * float(mature.sum())
        count = int(known["due"])
        if count > 0:
            known["due"] -= count
            bias_correction = 1 - decay ** known["age"]
            use = torch.where(mature, known["use"] / bias_correction, math.inf)
            chosen = torch.zeros_like(mature)
            chosen[use.topk(count, largest=False).indices] = True
            given = (known["mean"] / bias_correction)[chosen]
            for reader in readers:
                if reader.bias is not None:  # what these units gave on average is still given
                    taken = reader.weight.detach()[:, units.columns(reader, chosen)]
                    reader.bias.data += taken.reshape(len(taken), count, -1).sum(2) @ given.to(taken)
            units.renew(layer, readers, chosen)
            for name in ("use", "mean", "age"):
                known[name][chosen] = 0.0
`,
});
