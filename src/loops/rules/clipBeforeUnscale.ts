import { isClippedWhileScaled } from '../python/unitStructure.js';
import type { Rule } from './rule.js';

/** With a GradScaler the gradients are multiplied by the loss scale until `unscale_`: a limit means nothing before it. */
export const clipBeforeUnscale: Rule = (unit, _module, lines) =>
  unit.events
    .filter((occurrence) => occurrence.event.kind === 'clip' && isClippedWhileScaled(occurrence, unit))
    .map(({ event }) => {
      const step = unit.steps.find((candidate) => candidate.event.route === 'scaler')?.event;
      return {
        rule: 'clip-before-unscale',
        line: lines.lineAt(event.node.start),
        message:
          'Gradients are clipped while they still carry the loss scale, so the limit is thousands of times too small. ' +
          `Call ${step?.through ?? 'scaler'}.unscale_(${step?.target ?? 'optimizer'}) first.`,
        fixes: ['clip-gradients'],
      };
    });
