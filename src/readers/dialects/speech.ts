import type { Dialect } from '../text/dialect.js';
import { assignedPairs, type Pair } from '../text/pairs.js';

/** `loss[ctc_loss=0.7, loss=0.8, over 2223 frames.], tot_loss[loss=1.1, …], batch size: 8`. */
function bracketedPairs(rest: string): readonly Pair[] {
  const pairs: Pair[] = [];
  const outside = rest.replace(/(\w+)\[(.*?)\]/g, (_, group: string, inner: string) => {
    const prefix = group === 'loss' ? '' : `${group}/`;
    pairs.push(...assignedPairs(inner).map(({ name, value }) => ({ name: prefix + name, value })));
    return ' ';
  });
  return [...pairs, ...assignedPairs(outside)];
}

/** `[train] loss=92.5, acc=0.3, time=12 minutes, [valid] loss=80.5`: the means of an epoch. */
function groupedPairs(rest: string): readonly Pair[] {
  return rest.split(/(?=\[(?:train|valid|att_plot)\])/).flatMap((group) =>
    assignedPairs(group).map(({ name, value }) => ({
      name: `${/^\[(\w+)\]/.exec(group)?.[1] ?? ''}/${name}`,
      value,
    })),
  );
}

/**
 * icefall: `Epoch 0, batch 500, loss[…], tot_loss[…], batch size: 8` and `Epoch 0, validation: loss=0.4, over 18000.00
 * frames.`; ESPnet: `1epoch:train:1-500batch: iter_time=1.2e-04, loss_ctc=120.5, loss=92.5` and `1epoch results: [train] loss=92.5, [valid]
 * loss=80.5`; Kaldi `Average objective function for 'output' for minibatches 40-49 is -35.0 over 19538 frames`; Coqui TTS `--> STEP:
 * 49/496 -- GLOBAL_STEP: 370075` over lines of `| > loss: 2.4  (2.5)`; RVC `[4200, 9.99e-05]` over `loss_disc=4.0, …`.
 */
export const speech: Dialect = {
  id: 'speech',
  title: 'Speech toolkits',
  writtenBy: 'icefall (k2), ESPnet, Kaldi, Coqui TTS, RVC',
  rules: [
    {
      line: /\bEpoch (?<epoch>\d+), batch (?<iteration>\d+), (?:global_batch_idx: (?<step>\d+), )?(?<rest>.*\bloss\[.*)$/,
      pairs: bracketedPairs,
    },
    {
      line: /\bEpoch (?<epoch>\d+), validation: (?<rest>.*\bover [\d.]+ \w+.*)$/,
      pairs: assignedPairs,
      prefix: 'validation/',
    },
    { line: /\b(?<epoch>\d+)epoch:train:\d+-(?<iteration>\d+)batch: (?<rest>.*)$/, pairs: assignedPairs },
    { line: /\b(?<epoch>\d+)epoch results: (?<rest>\[train\].*)$/, pairs: groupedPairs },
    {
      line: /\b[Aa]verage objective function for 'output' for minibatches \d+-(?<step>\d+) is (?<value>\S+) over/,
      tag: 'objective',
    },
    { line: /^ *--> (?:TIME: .{1,40} -- )?STEP: [\d/]+ -- GLOBAL_STEP: (?<step>\d+)$/, context: 'opens' },
    { line: /^ *--> EVAL PERFORMANCE$/, context: 'opens', opensPart: 'eval/' },
    { line: /^ *\| > (?<rest>[\w/.-]+: ?.*)$/, pairs: assignedPairs, context: 'needs' },
    {
      line: /^(?:.* \| )?\[(?<step>\d+), (?<learning_rate>0\.\d+|\d(?:\.\d+)?e-\d+)\]$/,
      metricGroups: ['learning_rate'],
      context: 'opens',
    },
    { line: /^(?:.* \| )?(?<rest>loss_disc=.*)$/, pairs: assignedPairs, context: 'needs' },
  ],
};
