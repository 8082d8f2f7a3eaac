import { writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A child that obeys the protocol and computes nothing: its losses follow from the settings by plain rules, so that
 * experiments as a whole can be seen in milliseconds. What strikes does harm unless gradients are clipped; rates above
 * `tooFast` do harm; a warmup does harm to a run that is struck.
 * @param more source that runs before a request is answered; it sees `request` and `count(name)`, a counter over children.
 */
export function writeFakeChild(folder: string, { tooFast = 1, more = '' } = {}): string {
  const file = path.join(folder, 'fakeChild.cjs');
  writeFileSync(
    file,
    `
const { appendFileSync, readFileSync } = require('node:fs');
const counter = ${JSON.stringify(path.join(folder, 'count-'))};
const count = (name) => { appendFileSync(counter + name, '.'); return readFileSync(counter + name).length; };
const tell = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
require('node:readline').createInterface({ input: process.stdin }).once('line', (line) => {
  const request = JSON.parse(line);
  ${more}
  tell({ message: 'ready', backend: request.engine.backend, versions: 'fake 1', hindrance: null });
  if (request.kind === 'probe') {
    tell({ message: 'probed', losses: [1], norms: [1], msPerStep: null });
    process.exit(0);
  }
  count('trained');
  const { settings, seed } = request;
  const clipped = settings.clipping.length > 0;
  const struck = settings.perturbations.length > 0;
  const harm =
    (struck && !clipped ? 0.5 : 0) +
    (settings.optimizer.learningRate > ${tooFast} ? 0.4 : 0) +
    (struck && settings.schedule.warmup > 0 ? 0.3 : 0);
  tell({ message: 'started', parameters: 1000 });
  for (let step = 0; step < settings.steps; step++) {
    const loss = 3 - (step / settings.steps) * (1 - harm) + 0.001 * seed * harm;
    tell({ message: 'metrics', step, values: { 'train/loss': loss, 'eval/loss': loss } });
  }
  tell({ message: 'trained', steps: settings.steps, tensors: [1, 1] });
  process.stdout.write('', () => process.exit(0));
});
`,
  );
  return file;
}
