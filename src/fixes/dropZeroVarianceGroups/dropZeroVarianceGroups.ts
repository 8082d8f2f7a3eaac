import type { FixDescription } from '../../model/fix.js';
import { stringValue, textOf } from '../../loops/python/expressions.js';
import { statementOf } from '../../loops/python/pythonModule.js';
import type { TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { fullName } from '../../loops/rules/support/torchNames.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { normalisedAdvantages } from '../editing/policyLoop.js';
import { soleTrainer } from '../editing/trainerCallback.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'drop-zero-variance-groups',
  title: 'Leave out groups whose rewards are all alike',
  why: 'A prompt whose answers all got the same reward has advantages of zero: it teaches nothing, yet it counts in the mean of the loss, which shrinks the step, and the KL term still pulls on it. Without such groups the step is that of the prompts that tell good from bad.',
  answers: ['policy-collapse', 'plateau'],
  contraindications: [
    'Groups that are alike because the data have become too easy: harder prompts help more.',
    'Evaluation, where every group counts.',
    'Shaped or continuous rewards, whose groups are never quite alike.',
    'Steps that are too long already: with fewer groups in the mean they become longer.',
  ],
  frameworks: ['pytorch', 'transformers'],
  settings: [],
  papers: [
    {
      title: 'COPO: Consistency-Aware Policy Optimization',
      authors: 'Jinghang Han, Jiawei Chen, Hang Shao, et al.',
      year: 2025,
    },
    {
      title: 'VADE: Variance-Aware Dynamic Sampling via Online Sample-Level Difficulty Estimation for Multimodal RL',
      authors: 'Zengjie Hu, Jiantao Qiu, Tianyi Bai, et al.',
      year: 2025,
    },
    {
      title: 'DAPO: An Open-Source LLM Reinforcement Learning System at Scale',
      authors: 'Qiying Yu, Zheng Zhang, Ruofei Zhu, et al.',
      year: 2025,
    },
  ],
  labArm: null,
};

const TRAINER = 'InformativeGRPOTrainer';

/** A row whose tokens are all masked counts neither in the loss nor among the tokens that it is divided by. */
const TRAINER_HELPER = `
class ${TRAINER}(trl.GRPOTrainer):
    """Leaves out of the loss the prompts whose completions all got the same reward (as in DAPO, 2025)."""

    def _generate_and_score_completions(self, inputs):
        output = super()._generate_and_score_completions(inputs)
        if self.model.training:
            own = output["advantages"].abs()
            groups = self.accelerator.gather(own).view(-1, self.num_generations)
            differ = (groups.amax(dim=1) > 1e-3).repeat_interleave(self.num_generations)
            start = self.accelerator.process_index * len(own)
            output["completion_mask"] = output["completion_mask"] * differ[start : start + len(own), None]
            counted = output["completion_mask"] * output.get("tool_mask", 1)
            output["num_items_in_batch"] = self.accelerator.gather(counted.sum()).sum()
        return output
`;

/** Losses of TRL that divide by the tokens that are not masked [code trl/trainer/grpo_trainer.py, 1.13]. */
const BY_TOKENS = /^(dapo|cispo|vespo|bnpo)$/;

const LOOP_HELPER = `
def without_uniform_groups(advantages, deviation):
    """Sets advantages of groups with equal rewards to zero; the mean over the batch becomes that over the others."""
    differ = (deviation > 1e-6).expand_as(advantages)
    share = differ.float().mean().clamp(min=1.0 / advantages.numel())
    return torch.where(differ, advantages / share, torch.zeros_like(advantages))
`;

/** Masks such groups out in TRL, and takes the mean over the others in a loop that is written out. */
export const dropZeroVarianceGroups: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (_unit, context) => inLoop(context),
      arguments: (call, context) => inTrainer(call, context),
      elsewhere: 'No groups of answers with rewards are compared here.',
    }),
};

function inTrainer({ call, className }: TrainingArgumentsCall, { analysis, edits }: LoopContext): LoopOutcome {
  const { module, lines } = analysis;
  if (className !== 'GRPOConfig') {
    return refused(`${className} compares no groups of answers to one prompt: GRPOConfig does.`);
  }
  const there = module.calls.find(({ name }) => name === TRAINER || name === 'GRPOWithReplayBufferTrainer');
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  const loss = call.keywords.get('loss_type');
  const type = stringValue(module.text, loss);
  if ((loss && (type === null || !BY_TOKENS.test(type))) || (!loss && call.spread)) {
    return refused(
      'Only losses that divide by the tokens that count gain by it: dapo, which is the default, bnpo, cispo, vespo.',
    );
  }
  const trainer = soleTrainer(analysis);
  const written = childOf(trainer.node, 'function');
  if (!written || fullName(trainer, module) !== 'trl.GRPOTrainer') {
    return refused(`${trainer.name} is not TRL's own GRPOTrainer: leave such groups out in it.`);
  }
  edits.replace(written, TRAINER);
  addHelper(helperFrom(TRAINER_HELPER, analysis, edits), analysis, edits);
  return {
    kind: 'edited',
    notes: [
      'It builds on a method of TRL whose name begins with an underscore, as it is in TRL 1.13: look again after an update.',
      'If most groups are left out, the prompts are too easy or too hard: watch frac_reward_zero_std.',
    ],
  };
}

function inLoop({ analysis, edits }: LoopContext): LoopOutcome {
  const { module, lines } = analysis;
  const there = module.calls.find(({ name }) =>
    /without_uniform|zero_?(std|var)|dynamic_sampl|filter_groups/i.test(name),
  );
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  const grouped = normalisedAdvantages(analysis).filter(({ deviation }) => isOfGroups(textOf(module.text, deviation)));
  const [only] = grouped;
  if (!only || grouped.length > 1) {
    return refused(
      'Where advantages are worked out for groups of answers, (rewards - mean) / (std over each group), is not written once in this file.',
    );
  }
  const { target, statement } = only.assignment;
  edits.insertAfter(statementOf(statement), [
    `${target} = without_uniform_groups(${target}, ${textOf(module.text, only.deviation)})`,
  ]);
  addHelper(helperFrom(LOOP_HELPER, analysis, edits), analysis, edits);
  return {
    kind: 'edited',
    notes: ['It takes a loss that is the mean over the samples of the batch; a KL term still sees every sample.'],
  };

  function isOfGroups(deviation: string): boolean {
    const named = module.assignments
      .filter(({ target: name }) => name === deviation)
      .map(({ value }) => textOf(module.text, value));
    return (
      [deviation, ...named].some((code) => /std\([^)]*(dim|axis)?\s*=?\s*-?\d/.test(code)) && !deviation.includes('\n')
    );
  }
}
