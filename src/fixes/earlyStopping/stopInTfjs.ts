import type { TfjsTraining } from '../../loops/javascript/tfjsTraining.js';
import { quoteOf } from '../editing/editList.js';
import { libraryName } from '../libraries/scriptHelper.js';
import { refused, type JavaScriptLoopContext, type LoopOutcome } from '../loopFix.js';

/** The callback of TensorFlow.js on `fit`, where it has something to validate on. */
export function stopInTfjs(
  { call, style }: TfjsTraining,
  patience: number,
  { analysis, edits }: JavaScriptLoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  const there = module.calls.find(({ name }) => name === 'earlyStopping' || name === 'EarlyStopping');
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  if (style !== 'fit' || call.name === 'trainOnBatch') {
    return refused('Only fit takes callbacks: in a loop of your own compare the evaluation loss there.');
  }
  if (!call.keywords.has('validationData') && !call.keywords.has('validationSplit')) {
    return refused('fit is given nothing to validate on, so nothing shows when to stop: pass validationData.');
  }
  const library = libraryName(analysis);
  const quote = quoteOf(module.text);
  const callback = `${library}.callbacks.earlyStopping({ monitor: ${quote}val_loss${quote}, patience: ${patience} })`;
  const given = call.keywords.get('callbacks');
  if (!given) {
    const options = call.positional.at(-1);
    const last = options?.children.findLast(({ type }) => type !== 'comment');
    if (!options || !last) {
      return refused('The options of fit are not written in this call.');
    }
    const ownLine = lines.lineAt(last.start) > lines.lineAt(options.start);
    const line = lines.lineAt(last.start);
    const between = ownLine ? `,${lines.lineBreak(line)}${lines.indentation(line)}` : ', ';
    edits.insert(last.end, `${between}callbacks: ${callback}`);
  } else if (given.type === 'array' && !given.children.some(({ type }) => type === 'object')) {
    const last = given.children.findLast(({ type }) => type !== 'comment');
    edits.insert(last ? last.end : given.start + 1, last ? `, ${callback}` : callback);
  } else if (given.type === 'object' || /^[\w.]*fitCallbacks\(/.test(module.text.slice(given.start, given.end))) {
    // A plain object and a callback of its own class can't stand in one list [code tfjs-layers/src/base_callbacks.ts, 4.22].
    edits.insert(given.start, `[new ${library}.CustomCallback(`);
    edits.insert(given.end, `), ${callback}]`);
  } else {
    return refused(`The callbacks of fit are put together elsewhere: add ${callback} there.`);
  }
  return {
    kind: 'edited',
    notes: [
      'Patience counts epochs. TensorFlow.js does not put the best weights back: save the model when it is best.',
    ],
  };
}
