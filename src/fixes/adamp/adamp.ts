import type { FixDescription } from '../../model/fix.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { addKeyword } from '../editing/callArguments.js';
import { addHelper, definitionOf, helperFrom, nameOfHelper } from '../editing/helperFunction.js';
import { builtOptimizers, configuredOptimizers, joined, type BuiltOptimizer } from '../editing/optimizerArguments.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'adamp',
  title: 'Do not let momentum inflate normalised weights (AdamP)',
  why: 'Weights in front of a normalisation layer have a direction but no meaningful length; momentum makes them longer and their effective learning rate smaller. AdamP takes that part out of the step.',
  answers: ['plateau'],
  contraindications: [
    'Networks without normalisation layers: nothing is projected.',
    'Weight decay that already holds the length of the weights steady.',
    'A run in the middle: effective learning rates change at once.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning'],
  settings: [],
  papers: [
    {
      title: 'AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights',
      authors: 'Byeongho Heo, Sanghyuk Chun, Seong Joon Oh, et al.',
      year: 2021,
    },
  ],
  labArm: 'adamp',
};

/** delta = 0.1 and wd_ratio = 0.1 are those of the authors' code, adamp/adamp.py. */
const SOURCE = `
class AdamP(torch.optim.Optimizer):
    """AdamW that takes the radial part out of the steps of scale-invariant weights (AdamP, Heo et al. 2021).

    A tensor counts as scale-invariant if its gradient is orthogonal to it, by filters or as a whole.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, delta=0.1, wd_ratio=0.1):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, delta=delta, wd_ratio=wd_ratio))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.move(parameter, group)
        return loss

    def move(self, parameter, group):
        gradient, state = parameter.grad, self.state[parameter]
        if not state:
            state.update(step=0, exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        state["exp_avg"].mul_(beta1).add_(gradient, alpha=1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = (state["exp_avg_sq"] / (1 - beta2 ** state["step"])).sqrt().add_(group["eps"])
        direction = state["exp_avg"] / root
        decay = group["weight_decay"]
        if parameter.ndim > 1:
            direction, invariant = self.project(parameter, gradient, direction, group)
            decay *= group["wd_ratio"] if invariant else 1
        parameter.mul_(1 - group["lr"] * decay)
        parameter.add_(direction, alpha=-group["lr"] / (1 - beta1 ** state["step"]))

    def project(self, parameter, gradient, direction, group):
        for rows in (parameter.shape[0], 1):
            weight = parameter.reshape(rows, -1)
            cosine = torch.cosine_similarity(gradient.reshape(rows, -1), weight, dim=1, eps=group["eps"]).abs()
            if cosine.max() < group["delta"] / weight.shape[1] ** 0.5:
                unit = weight / (weight.norm(dim=1, keepdim=True) + group["eps"])
                flat = direction.reshape(rows, -1)
                flat = flat - unit * (unit * flat).sum(dim=1, keepdim=True)
                return flat.reshape(parameter.shape), True
        return direction, False
`;

/** Arguments that AdamP takes, in the order of torch.optim.AdamW. */
const TAKEN = new Set(['params', 'lr', 'betas', 'eps', 'weight_decay']);

/** The class goes into the file, and its name where `Adam` or `AdamW` stands. */
export const adamp: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, context) => joined(builtOptimizers(unit, context.analysis).map((built) => replace(built, context))),
      lightning: (training, context) =>
        joined(configuredOptimizers(training, context.analysis).map((built) => replace(built, context))),
      elsewhere: 'The library that builds the optimizer does not offer AdamP.',
    }),
};

function replace({ call, className, isTorch }: BuiltOptimizer, { analysis, edits }: LoopContext): LoopOutcome {
  const name = nameOfHelper(SOURCE);
  if (className === name) {
    return { kind: 'already-there', line: analysis.lines.lineAt(call.node.start) };
  }
  if (!isTorch || (className !== 'AdamW' && className !== 'Adam')) {
    return refused(`${className} is not Adam or AdamW of torch.optim.`);
  }
  const strange = [...call.keywords.keys()].find((keyword) => !TAKEN.has(keyword));
  if (strange !== undefined || call.spread || call.positional.length > 5) {
    return refused(`AdamP does not take ${strange ?? 'all of the arguments'} that ${className} is given here.`);
  }
  const decays = call.keywords.has('weight_decay') || call.positional.length > 4;
  if (className === 'Adam' && decays) {
    return refused('Adam has its weight decay in the gradient here, AdamP apart from it: take AdamW first.');
  }
  const callee = childOf(call.node, 'function');
  if (!callee || (definitionOf(name, analysis) === null && analysis.module.imports.some((one) => one.name === name))) {
    return refused('AdamP is imported here already: use it by hand.');
  }
  addHelper(helperFrom(SOURCE, analysis, edits), analysis, edits);
  edits.replace(callee, name);
  if (className === 'AdamW' && !decays) {
    // The default of torch.optim.AdamW, which is not that of AdamP.
    addKeyword(call, 'weight_decay=0.01', analysis, edits);
  }
  return { kind: 'edited', notes: [] };
}
