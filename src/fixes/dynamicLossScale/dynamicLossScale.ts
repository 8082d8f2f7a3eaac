import type { FixDescription } from '../../model/fix.js';
import { readCall } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import { addKeywords } from '../editing/callArguments.js';
import { EditRefused } from '../editing/editList.js';
import { numberSource } from '../editing/numberSource.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { numberSettings } from '../settings.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';

const description: FixDescription = {
  id: 'dynamic-loss-scale',
  title: 'Let the loss scale start lower and grow less often',
  why: 'A loss scale that starts too high skips the first steps, and one that doubles too often overflows again and again: each time a step is lost.',
  answers: ['precision', 'non-finite'],
  contraindications: [
    'bfloat16, which needs no loss scale: switch to it where the GPU can.',
    'NaN that comes from the loss itself: the scale falls to nothing whatever its settings are.',
    'Gradients that vanish in float16: they need a higher scale, not a lower one.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'initial-scale',
      title: 'Loss scale of the first step',
      default: 1024,
      source:
        'Far below the 65536 of torch.amp.GradScaler, which finds a higher one by itself; no overflow in the first steps',
    },
    {
      name: 'growth-interval',
      title: 'Steps without overflow after which the scale doubles',
      default: 4000,
      source: 'Twice the 2000 of torch.amp.GradScaler: half as many steps lost to growing',
    },
  ],
  papers: [
    {
      title: 'Mixed Precision Training',
      authors: 'Paulius Micikevicius, Sharan Narang, Jonah Alben, et al.',
      year: 2018,
    },
  ],
  labArm: 'loss-scaling',
};

/** `init_scale` and `growth_interval` of torch.amp.GradScaler, by default 65536 and 2000 [code torch/amp/grad_scaler.py]. */
export const dynamicLossScale: Fix = {
  description,
  apply(target, settings) {
    const values = numberSettings(
      description,
      { 'initial-scale': { above: 0 }, 'growth-interval': { above: 0, whole: true } },
      settings,
    );
    return values.ok
      ? applyToLoops(target, {
          unit: (unit, context) =>
            setScale(unit, values.value['initial-scale'] as number, values.value['growth-interval'] as number, context),
          elsewhere: 'The library keeps the loss scale itself: see its own settings, or use bf16.',
        })
      : refused(values.error);
  },
};

function setScale(unit: TrainingUnit, scale: number, interval: number, { analysis, edits }: LoopContext): LoopOutcome {
  const { module, units } = analysis;
  const step = unit.steps.find(({ event }) => event.route === 'scaler')?.event;
  if (!step?.through) {
    return refused('No GradScaler scales the loss of this loop.');
  }
  const built = construction(step.through, step.owner, 'scaler', module, units.objects);
  const call = built && readCall(module.text, built.assignment.value);
  const located = call && module.calls.find(({ node }) => node === call.node);
  if (!located || built.all.length > 1 || !/^GradScaler$/.test(located.name)) {
    throw new EditRefused(`Where ${step.through} is built can't be told from this file.`);
  }
  if (located.keywords.get('enabled')?.type === 'false') {
    return refused('The GradScaler is switched off.');
  }
  const wishes = [
    { keyword: 'init_scale', byDefault: 65536, wanted: scale, suffices: (present: number) => present <= scale },
    {
      keyword: 'growth_interval',
      byDefault: 2000,
      wanted: interval,
      suffices: (present: number) => present >= interval,
    },
  ];
  const added: string[] = [];
  let changed = false;
  for (const { keyword, byDefault, wanted, suffices } of wishes) {
    const given = located.keywords.get(keyword);
    const source = given && numberSource(given, located.owner, analysis);
    if (given && !source) {
      throw new EditRefused(`${keyword} comes from elsewhere: change it there.`);
    }
    if (suffices(source?.value ?? byDefault)) {
      continue;
    }
    changed = true;
    if (source) {
      edits.replace(source.node, String(wanted));
    } else {
      added.push(`${keyword}=${wanted}`);
    }
  }
  addKeywords(located, added, analysis, edits);
  return changed
    ? { kind: 'edited', notes: [] }
    : { kind: 'already-there', line: analysis.lines.lineAt(located.node.start) };
}
