import type { FixDescription } from '../../model/fix.js';
import { findCriticLosses, type CriticLoss, type ScoredBatch } from '../../loops/python/criticLosses.js';
import { dottedName, readCall, textOf } from '../../loops/python/expressions.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToModel } from '../blockFix.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { compiledAt } from '../editing/compiledModels.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting, pythonFloat } from '../settings.js';
import { removeWeightClipping } from './weightClipping.js';

const description: FixDescription = {
  id: 'gradient-penalty',
  title: 'Gradient penalty for the critic instead of clipped weights (WGAN-GP)',
  why: 'Clipped weights of a critic pile up at their limits, and its gradients grow or vanish from layer to layer; a penalty on slopes other than one, between real and generated examples, keeps it smooth without.',
  answers: ['gradient-exploding', 'gradient-vanishing', 'oscillation', 'other'],
  answersMonitors: ['adversarial-balance'],
  contraindications: [
    'Critics with BatchNorm: the penalty is one for each example, and a batch norm mixes them.',
    'Discriminators that classify (BCE): the penalty belongs to a critic that scores.',
    'A loss of the critic that merely goes toward zero: it is a distance, and that is good.',
    'Compiled critics: torch.compile can’t go back through gradients.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'weight',
      title: 'Weight of the penalty beside the critic’s loss',
      default: 10,
      source: 'Gulrajani et al. 2017, and their code (gan_cifar.py and the others)',
    },
  ],
  papers: [
    {
      title: 'Improved Training of Wasserstein GANs',
      authors: 'Ishaan Gulrajani, Faruk Ahmed, Martin Arjovsky, et al.',
      year: 2017,
    },
  ],
  labArm: null,
};

const helper = (weight: number): string => `
def gradient_penalty(critic, real, fake, *conditions, weight=${pythonFloat(weight)}):
    """Penalty on slopes of the critic other than one, between real and generated examples (Gulrajani et al. 2017)."""
    count = min(len(real), len(fake))
    real, fake = real.detach()[:count], fake.detach()[:count]
    share = torch.rand(count, *[1] * (real.dim() - 1), device=real.device, dtype=real.dtype)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    scores = critic(between, *[condition[:count] for condition in conditions])
    (slopes,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    return weight * (slopes.flatten(1).norm(2, dim=1) - 1).pow(2).mean()
`;

/** Other names of the same thing, and its mark: gradients that are gone back through. */
const NAMED = /gradient_?penalty|grad_?pen|^(?:calc|compute|get|calculate)?_?gp$|^r1_?(?:penalty|reg|loss)/i;

/** The penalty beside the loss of a Wasserstein critic; clipping of its weights is taken out. */
export const gradientPenalty: Fix = {
  description,
  apply(target, settings) {
    const weight = numberSetting(description, 'weight', settings, { above: 0 });
    return weight.ok
      ? applyToModel(
          target,
          'No loss of a critic was found in this file: the mean of its scores of generated examples, less that of the real ones.',
          (analysis) => {
            const there = present(analysis);
            return there
              ? [{ node: there, make: () => ({ kind: 'already-there', line: analysis.lines.lineAt(there.start) }) }]
              : findCriticLosses(analysis.module).map((loss) => ({
                  node: loss.assignment.statement,
                  make: (edits: EditList) => penalise(loss, weight.value, analysis, edits),
                }));
          },
        )
      : refused(weight.error);
  },
};

function present({ module }: PythonAnalysis): SyntaxNode | undefined {
  const called = module.calls.find(({ name }) => NAMED.test(name))?.node;
  const assigned = module.assignments.find(({ target }) => NAMED.test(target.replace(/^self\./, '')))?.statement;
  const second = module.calls.find(
    ({ callee, keywords }) => /(?:^|\.)grad$/.test(callee ?? '') && keywords.get('create_graph')?.type === 'true',
  )?.node;
  return called ?? assigned ?? second;
}

function penalise(loss: CriticLoss, weight: number, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module } = analysis;
  const { critic, assignment, real, fake } = loss;
  const reason = reasonAgainst(critic, analysis);
  if (reason !== null) {
    return refused(reason);
  }
  const [ones, others] = [conditionsOf(real, module.text), conditionsOf(fake, module.text)];
  if (ones.join() !== others.join()) {
    return refused(
      'Real and generated examples are scored under different conditions; the penalty needs one for both.',
    );
  }
  const batches = [real, fake].map((batch) => batchName(batch, assignment.statement, analysis));
  const term = `gradient_penalty(${[critic, ...batches, ...ones].join(', ')})`;
  const { value } = assignment;
  const bare = value.type === 'call' || value.type === 'parenthesized_expression' || value.type.endsWith('operator');
  if (!bare) {
    throw new EditRefused('The loss of the critic is put together in a way that can’t be added to.');
  }
  edits.insert(value.end, ` + ${term}`);
  const kept = removeWeightClipping(critic, analysis, edits);
  addHelper(helperFrom(helper(weight), analysis, edits), analysis, edits);
  return {
    kind: 'edited',
    notes: [
      'The authors train with Adam at a rate of 1e-4 and betas of 0 (or 0.5) and 0.9, and five steps of the critic for one of the generator.',
      ...kept.map(
        (line) => `Take the clipping of weights on line ${line + 1} out as well: it does more than that there.`,
      ),
    ],
  };
}

function reasonAgainst(critic: string, analysis: PythonAnalysis): string | null {
  const { module, lines } = analysis;
  const compiled = compiledAt(analysis);
  if (compiled !== null) {
    return `A model is compiled on line ${compiled + 1}, and torch.compile can’t go back through gradients.`;
  }
  const built = module.assignments.filter(({ target }) => target === critic);
  const classes = module.classes.filter((node) => {
    const name = childOf(node, 'name');
    return built.some(({ value }) =>
      [...walk(value)].some(
        (inner) => inner.type === 'identifier' && name && textOf(module.text, inner) === textOf(module.text, name),
      ),
    );
  });
  const parts = [...classes, ...built.map(({ value }) => value)];
  const batchNorm = parts.find((node) => /BatchNorm/.test(textOf(module.text, node)));
  const spectral = parts.find((node) => /spectral_norm|SpectralNorm/.test(textOf(module.text, node)));
  if (batchNorm) {
    return `The critic has batch norms (line ${lines.lineAt(batchNorm.start) + 1} and below), which mix examples: use layer or instance norms there first.`;
  }
  return spectral ? 'The critic is kept smooth by spectral norms already.' : null;
}

function conditionsOf({ call }: ScoredBatch, text: string): readonly string[] {
  return call.positional.slice(1).map((node) => textOf(text, node));
}

/** The examples by a name that still means the same where the loss is put together. */
function batchName({ call, statement }: ScoredBatch, loss: SyntaxNode, { module, lines }: PythonAnalysis): string {
  let node = call.positional[0] as SyntaxNode;
  for (let inner = readCall(module.text, node); inner?.receiver && inner.name === 'detach';) {
    node = inner.receiver;
    inner = readCall(module.text, node);
  }
  const name = dottedName(module.text, node)?.replace(/\.data$/, '') ?? null;
  const line = lines.lineAt(node.start) + 1;
  if (name === null || name.includes('[')) {
    throw new EditRefused(`Give the examples that the critic scores on line ${line} a name first.`);
  }
  const changed = module.assignments.some(
    ({ target, statement: other }) =>
      target === name && other.start >= statement.end && other.end <= loss.start && other !== statement,
  );
  if (changed) {
    throw new EditRefused(
      `What the critic scores on line ${line} has got another value where its loss is put together.`,
    );
  }
  return name;
}
