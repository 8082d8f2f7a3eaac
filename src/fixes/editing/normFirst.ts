import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { EditRefused, type EditList } from './editList.js';

/**
 * Sets `norm_first` of PyTorch's Transformer layers.
 *
 * @returns false where it is set already
 * @throws EditRefused where the call doesn't show whether it is
 */
export function normFirst(call: LocatedCall, edits: EditList): boolean {
  const given = call.keywords.get('norm_first');
  if (given?.type === 'true') {
    return false;
  }
  if (given?.type === 'false') {
    edits.replace(given, 'True');
    return true;
  }
  const last = [...call.positional, ...call.keywords.values()].at(-1);
  if (given || call.spread || !last || call.positional.length > 7) {
    throw new EditRefused('Whether the layer is built with norm_first can’t be told from this file.');
  }
  edits.insert(last.end, ', norm_first=True');
  return true;
}
