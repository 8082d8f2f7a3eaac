import type { FixDescription } from '../../model/fix.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { lossSum, replaceBackward, TASK_LOSSES } from '../editing/lossTerms.js';
import type { Fix } from '../fix.js';
import { applyToLoops } from '../loopFix.js';
import { surgeryThere } from './surgeryThere.js';

const description: FixDescription = {
  id: 'pcgrad',
  title: 'Take out of each gradient what works against another (PCGrad)',
  why: 'Where the gradients of two losses point against each other, each is freed of its part along the other before they are added up, so that no task is learned at the cost of another.',
  answers: ['oscillation', 'plateau', 'gradient-imbalance', 'other'],
  answersMonitors: ['task-conflict'],
  contraindications: [
    'Losses whose gradients only now and then point against each other: on single batches that is common noise.',
    'One loss that matters and others that help it: pcgrad-ema leaves the first as it is.',
    'Tight memory or time: every loss has a backward pass of its own.',
    'Several processes: gradients are averaged in the one backward pass that DDP sees.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Gradient Surgery for Multi-Task Learning',
      authors: 'Tianhe Yu, Saurabh Kumar, Abhishek Gupta, et al.',
      year: 2020,
    },
  ],
  labArm: null,
};

const HELPER = `
def pcgrad_backward(losses, optimizer):
    """Adds to .grad the gradients of the losses without what works against another (PCGrad, Yu et al. 2020)."""
    parameters = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    losses = [loss for loss in losses if torch.is_tensor(loss) and loss.requires_grad]
    gradients = []
    for index, loss in enumerate(losses):
        last = index == len(losses) - 1
        gradients.append(torch.autograd.grad(loss, parameters, retain_graph=not last, allow_unused=True))

    def dot(ones, others):
        return sum((a * b).sum() for a, b in zip(ones, others) if a is not None and b is not None)

    for own in gradients:
        projected = list(own)
        for other in random.sample(gradients, len(gradients)):
            overlap = dot(projected, other)
            if other is not own and overlap < 0:
                share = overlap / dot(other, other)
                projected = [a if b is None else -share * b if a is None else a - share * b for a, b in zip(projected, other)]
        for parameter, gradient in zip(parameters, projected):
            if gradient is not None:
                parameter.grad = gradient.clone() if parameter.grad is None else parameter.grad + gradient
`;

/** Each loss goes backward by itself; what works against another is projected out. */
export const pcgrad: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, { analysis, edits }) => {
        const there = surgeryThere(analysis);
        if (there) {
          return there;
        }
        const sum = lossSum(unit, analysis);
        replaceBackward(sum, sum.list, `pcgrad_backward(${TASK_LOSSES}, ${sum.optimizer})`, analysis, edits);
        addHelper(helperFrom(HELPER, analysis, edits), analysis, edits);
        return { kind: 'edited', notes: ['Every loss has a backward pass of its own now: a step takes longer.'] };
      },
      elsewhere: 'The library that runs the loop takes one loss: its parts can’t be told apart there.',
    }),
};
