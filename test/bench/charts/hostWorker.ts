/** The extension's side of the page, in a worker: a store of the whole curve, and the answers to what the page asks. */
import { FakeHost } from '../../webview/harness/fakeHost.js';
import { RunBuilder } from '../../webview/harness/runs.js';
import { lossAt, POINTS, TAG } from './curve.js';

const run = new RunBuilder(0, 0.001);
for (let step = 0; step < POINTS; step++) {
  run.log(TAG, step, lossAt(step));
}
const host = new FakeHost((message) => {
  self.postMessage(message);
  return Promise.resolve();
});
host.run = run.build();
self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  void host.receive(data);
});
