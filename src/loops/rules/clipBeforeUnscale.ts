import type { Rule } from './rule.js';

const TORCH_CLIPPING = /^clip_grad_(norm|value)_?$/;

/** With a GradScaler the gradients are multiplied by the loss scale until `unscale_`: a limit means nothing before it. */
export const clipBeforeUnscale: Rule = (unit, module, lines) =>
  unit.events.flatMap((clip, index) => {
    if (clip.event.kind !== 'clip' || !TORCH_CLIPPING.test(calleeName(module.text, clip.event.node))) {
      return [];
    }
    const before = unit.events.slice(0, index).reverse();
    const after = unit.events.slice(index + 1);
    const backwardAt = before.findIndex(({ event }) => event.kind === 'backward');
    const step = after.find(({ event }) => event.kind === 'step');
    const scaled = before[backwardAt]?.event.route === 'scaler' && step?.event.route === 'scaler';
    const unscaled = before.slice(0, backwardAt).some(({ event }) => event.kind === 'unscale');
    return scaled && !unscaled
      ? [
          {
            rule: 'clip-before-unscale',
            line: lines.lineAt(clip.event.node.start),
            message:
              'Gradients are clipped while they still carry the loss scale, so the limit is thousands of times too ' +
              `small. Call ${step.event.through ?? 'scaler'}.unscale_(${step.event.target ?? 'optimizer'}) first.`,
            fixes: [],
          },
        ]
      : [];
  });

function calleeName(text: string, node: { readonly start: number; readonly end: number }): string {
  const source = text.slice(node.start, node.end);
  return source.slice(0, source.indexOf('(')).split('.').at(-1)?.trim() ?? '';
}
