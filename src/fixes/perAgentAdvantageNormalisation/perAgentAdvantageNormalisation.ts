import type { FixDescription } from '../../model/fix.js';
import { textOf } from '../../loops/python/expressions.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { nameLike, normalisedAdvantages } from '../editing/policyLoop.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'per-agent-advantage-normalisation',
  title: 'Normalise advantages for each agent by itself (Dr. MAS)',
  why: 'Agents whose rewards differ in mean or spread get advantages of their own scale when all are normalised together, and with them gradients that are too large; each by its own mean and spread keeps them alike.',
  answers: ['gradient-spike', 'gradient-imbalance', 'policy-collapse'],
  contraindications: [
    'A single agent: nothing changes but the small number in the divisor.',
    'Agents that share one reward on purpose, whose differences carry what is to be learned.',
    'Agents with one sample a batch: such a sample keeps its reward as its advantage.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'agents',
      title: 'The tensor that says which agent each sample is of',
      default: 'auto',
      source: '"auto" looks for agent_ids and the like where advantages are worked out',
    },
  ],
  papers: [
    {
      title: 'Dr. MAS: Stable Reinforcement Learning for Multi-Agent LLM Systems',
      authors: 'Lang Feng, Longtao Zheng, Shuo He, et al.',
      year: 2026,
    },
  ],
  labArm: null,
};

/** Epsilon and the rule for single samples [code langfengQ/DrMAS verl/trainer/ppo/core_algos.py]. */
const HELPER = `
def normalise_per_agent(values, agents, epsilon=1e-6):
    """Subtracts from the values of every agent their mean and divides by their deviation (Dr. MAS, 2026)."""
    agents = torch.as_tensor(agents, device=values.device).expand_as(values)
    normalised = values.clone()
    for agent in agents.unique():
        own = agents == agent
        if own.sum() > 1:
            normalised[own] = (values[own] - values[own].mean()) / (values[own].std() + epsilon)
    return normalised
`;

const AGENTS = /^agent_?(ids?|idx|idxs|index|indices|indexes)$|^agents?_?of$/i;

/** The shared mean and deviation become those of each agent. */
export const perAgentAdvantageNormalisation: Fix = {
  description,
  apply(target, settings) {
    const asked = String(settings['agents'] ?? 'auto');
    return applyToLoops(target, {
      unit: (unit, context) => normalise(unit, asked, context),
      elsewhere: 'The library works the advantages out itself, and knows of no agents.',
    });
  },
};

function normalise(_unit: TrainingUnit, asked: string, { analysis, edits }: LoopContext): LoopOutcome {
  const { module, lines } = analysis;
  const there = module.calls.find(({ name }) => /(normali[sz]e|norm)\w*_per_agent|group_by_agent/i.test(name));
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  const found = normalisedAdvantages(analysis);
  const [only] = found;
  if (!only || found.length > 1) {
    return refused(
      found.length > 1
        ? 'Advantages are normalised in several places: which of them mix the agents is to be decided by hand.'
        : 'No advantages are normalised by a mean and a standard deviation in this file.',
    );
  }
  if (/dim|axis/.test(textOf(module.text, only.assignment.value))) {
    return refused(
      'The mean and the deviation are of a part of the samples already: whether each part is of one agent is not known.',
    );
  }
  const scope = only.assignment.owner;
  const agents = asked === 'auto' ? nameLike(AGENTS, scope, analysis) : asked;
  if (agents === null) {
    return refused(
      'Which agent each sample is of is not known where advantages are worked out: name it by the setting agents.',
    );
  }
  edits.replace(only.assignment.value, `normalise_per_agent(${textOf(module.text, only.value)}, ${agents})`);
  addHelper(helperFrom(HELPER, analysis, edits), analysis, edits);
  return { kind: 'edited', notes: [] };
}
