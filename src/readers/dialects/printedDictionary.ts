import type { Dialect } from '../text/dialect.js';

/**
 * `{'loss': 2.1, 'grad_norm': 0.8, 'learning_rate': 5e-05, 'epoch': 0.1}`: no step, so that the progress bar above
 * it tells where the run is.
 */
export const printedDictionary: Dialect = {
  id: 'printed-dictionary',
  title: 'Printed dictionaries',
  writtenBy: 'Hugging Face Trainer and TRL on the console, OpenRLHF, scripts that print a dict',
  rules: [{ line: /^(?<json>\{ ?['"][\w/. -]+['"]: ?.*\})$/ }],
};
