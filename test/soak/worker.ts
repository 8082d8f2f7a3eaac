/** The extension's engine thread, with a clock that can be set and memory that can be measured. */
import v8 from 'node:v8';
import vm from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { Engine } from '../../src/engine/engine.js';
import { serveEngine } from '../../src/engine/engineServer.js';
import { GrammarFiles } from '../../src/engine/sources/grammarFiles.js';
import type { Control, Measured } from './control.js';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;
const { control, offset } = workerData as { control: MessagePort; offset: number };
let clockOffset = offset;

control.on('message', (message: Control) => {
  if (message.type === 'clock') {
    clockOffset = message.offset;
    return;
  }
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  control.postMessage({ id: message.id, bytes: heapUsed + external } satisfies Measured);
});
control.unref();

if (parentPort) {
  serveEngine(new Engine({ grammars: new GrammarFiles(__dirname), now: () => Date.now() + clockOffset }), parentPort);
}
