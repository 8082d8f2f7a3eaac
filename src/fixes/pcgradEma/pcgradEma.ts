import type { FixDescription } from '../../model/fix.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { lossSum, replaceBackward, TASK_LOSSES } from '../editing/lossTerms.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { surgeryThere } from '../pcgrad/surgeryThere.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'pcgrad-ema',
  title: 'Keep auxiliary losses out of the way of the main one (Bloop)',
  why: 'Adds of the gradients of auxiliary losses only what is at right angles to the running mean of the main gradient, so that they shape the model without working against the loss that matters.',
  answers: ['oscillation', 'plateau', 'gradient-imbalance', 'other'],
  answersMonitors: ['task-conflict'],
  contraindications: [
    'Losses of equal rank, none of which comes first: pcgrad treats them alike.',
    'A penalty that is meant to hold the main loss back (weight decay, a KL term that keeps a policy near its start).',
    'Tight memory: the running mean is as large as the weights, and there are two backward passes.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'main',
      title: 'The main loss as the sum writes it',
      default: 'auto',
      source: '"auto" takes the one loss without a weight',
    },
    {
      name: 'decay',
      title: 'Share of the old in the running mean of the main gradient',
      default: 0.99,
      source: 'A memory of a hundred steps; the paper leaves it to tuning, to be verified',
    },
  ],
  papers: [
    {
      title: 'Careful with that Scalpel: Improving Gradient Surgery with an EMA',
      authors: 'Yu-Guan Hsieh, James Thornton, Eugene Ndiaye, et al.',
      year: 2024,
    },
  ],
  labArm: null,
};

function helperSource(decay: number): string {
  return `
def bloop_backward(main, auxiliary, optimizer, decay=${decay}):
    """Adds to .grad the main gradient and what of the auxiliary one is at right angles to its running mean (Bloop, 2024).

    The running mean is kept in optimizer.param_groups, so that it is saved with the optimizer.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    gradients = []
    for loss, keep in ((main, True), (auxiliary, False)):
        found = torch.autograd.grad(loss, parameters, retain_graph=keep, allow_unused=True)
        gradients.append([torch.zeros_like(p) if g is None else g for g, p in zip(found, parameters)])
    first = optimizer.param_groups[0]
    old = first.get("main_gradient", gradients[0])
    mean = [decay * m.to(g.device) + (1 - decay) * g for m, g in zip(old, gradients[0])]
    first["main_gradient"] = mean
    along = sum((m * g).sum() for m, g in zip(mean, gradients[1])) / (sum((m * m).sum() for m in mean) + 1e-30)
    for parameter, own, other, m in zip(parameters, *gradients, mean):
        gradient = own + other - along * m
        parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
`;
}

/** Two backward passes, of the main loss and of the others, with a projection against a running mean. */
export const pcgradEma: Fix = {
  description,
  apply(target, settings) {
    const decay = numberSetting(description, 'decay', settings, { above: 0, below: 1 });
    if (!decay.ok) {
      return refused(decay.error);
    }
    const asked = String(settings['main'] ?? 'auto');
    return applyToLoops(target, {
      unit: (unit, { analysis, edits }) => {
        const there = surgeryThere(analysis);
        if (there) {
          return there;
        }
        const sum = lossSum(unit, analysis);
        const terms = sum.terms ?? [];
        const fits = terms.filter(({ code, weighted }) => (asked === 'auto' ? !weighted : code === asked));
        const [main] = fits;
        if (!main || fits.length > 1) {
          return refused(
            asked === 'auto'
              ? 'Which of the losses is the main one can’t be told: none or several have no weight. Name it by the setting main.'
              : `No loss of the sum is written as ${asked}.`,
          );
        }
        const all = [main, ...terms.filter((term) => term !== main)].map(({ code }) => code);
        const call = `bloop_backward(${TASK_LOSSES}[0], sum(${TASK_LOSSES}[1:]), ${sum.optimizer})`;
        replaceBackward(sum, `[${all.join(', ')}]`, call, analysis, edits);
        addHelper(helperFrom(helperSource(decay.value), analysis, edits), analysis, edits);
        return { kind: 'edited', notes: [`The main loss is ${main.code}.`] };
      },
      elsewhere: 'The library that runs the loop takes one loss: its parts can’t be told apart there.',
    });
  },
};
