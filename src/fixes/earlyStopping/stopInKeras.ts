import type { KerasTraining } from '../../loops/python/kerasTraining.js';
import { quoteOf } from '../editing/editList.js';
import { addFitCallback } from '../libraries/fitCallbacks.js';
import { kerasName } from '../libraries/kerasOptimizer.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

/** Keras's own callback on `fit`, where it has something to validate on. */
export function stopInKeras({ fit }: KerasTraining, patience: number, { analysis, edits }: LoopContext): LoopOutcome {
  const { module, lines } = analysis;
  const there = module.callsNamed('EarlyStopping')[0];
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  if (!fit || (fit.name !== 'fit' && fit.name !== 'fit_generator')) {
    return refused('Only fit takes callbacks: in a loop of your own compare the evaluation loss there.');
  }
  if (!fit.keywords.has('validation_data') && !fit.keywords.has('validation_split')) {
    return refused('fit is given nothing to validate on, so nothing shows when to stop: pass validation_data.');
  }
  const quote = quoteOf(module.text);
  const name = kerasName('callbacks.EarlyStopping', fit.owner, analysis, edits);
  const words = `monitor=${quote}val_loss${quote}, patience=${patience}, restore_best_weights=True`;
  addFitCallback(fit, `${name}(${words})`, analysis, edits);
  return { kind: 'edited', notes: ['Patience counts epochs. The best weights are put back when the run stops early.'] };
}
