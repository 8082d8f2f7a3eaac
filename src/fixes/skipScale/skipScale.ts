import type { FixDescription } from '../../model/fix.js';
import { findLongSkips, type LongSkip } from '../../loops/python/longSkips.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { applyToModel } from '../blockFix.js';
import type { EditList } from '../editing/editList.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'skip-scale',
  title: 'Scale the long skips of a U-Net down (ScaleLong)',
  why: 'Long skips carry features and gradients past the middle of a U-Net at full size, and both oscillate the more the larger the skips count; scaled down, the inner ones most, they stay bounded.',
  answers: ['oscillation', 'gradient-spike', 'activations'],
  contraindications: [
    'Weights that were trained with full skips: the model computes something else.',
    'U-Nets that need every detail of the input, as in segmentation: the paper is on diffusion.',
    'Skips of a library’s model, whose code is not yours to edit.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'kappa',
      title: 'Factor of a skip for each that lies further out',
      default: 0.7,
      source: "Middle of what the authors' README suggests, 0.5 to 0.95; near 2^-0.5, their factor for all skips alike",
    },
  ],
  papers: [
    {
      title: 'ScaleLong: Towards More Stable Training of Diffusion Model via Scaling Network Long Skip Connection',
      authors: 'Zhongzhan Huang, Pan Zhou, Shuicheng Yan, Liang Lin',
      year: 2023,
    },
  ],
  labArm: null,
};

/** The paper's factor for skips whose depth isn't known. */
const FOR_ALL = '2**-0.5';

/** Long skips by kappa to the power of the skips further out, or by one factor for all. */
export const skipScale: Fix = {
  description,
  apply(target, settings) {
    const kappa = numberSetting(description, 'kappa', settings, { above: 0, below: 1 });
    return kappa.ok
      ? applyToModel(
          target,
          'No long skip was found in this file: what a layer gave on the way down, put beside what another works on on the way up.',
          (analysis) => networksOf(analysis, kappa.value),
        )
      : refused(kappa.error);
  },
};

/** Skips of one file only make sense together: those of a list are scaled where they are taken from it, once. */
function networksOf(analysis: PythonAnalysis, kappa: number) {
  const all = findLongSkips(analysis.module);
  const counted = all.filter(({ outer }) => outer !== null);
  const skips = counted.length > 0 ? counted : all;
  return skips.length === 0
    ? []
    : [{ node: analysis.root, make: (edits: EditList) => scaleAll(skips, kappa, analysis, edits) }];
}

function scaleAll(
  skips: readonly LongSkip[],
  kappa: number,
  { module, lines }: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const there =
    skips.find(({ scaled }) => scaled)?.kept ??
    module.assignments.find(({ target }) =>
      /skip_?(?:connect(?:ion)?_?)?(?:scale|gain|weight)|scale_?long|kappa/i.test(target),
    )?.statement;
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.start) };
  }
  for (const { kept, outer } of skips) {
    if (outer !== '0') {
      edits.insert(kept.end, ` * ${factor(outer, kappa)}`);
    }
  }
  return {
    kind: 'edited',
    notes: [
      'Scaled skips change what the model computes: train from scratch.',
      ...(skips.some(({ outer }) => outer === null)
        ? ['How deep a skip lies can’t be told here, so that all have one factor: the paper’s 1/√2.']
        : []),
    ],
  };
}

function factor(outer: string | null, kappa: number): string {
  if (outer === null) {
    return FOR_ALL;
  }
  return outer === '1' ? String(kappa) : `${kappa}**${outer}`;
}
