/** The extension's side of a page whose run grows: ten signals, a row of all of them ten times a second. */
import { FakeHost } from '../../webview/harness/fakeHost.js';
import { RunBuilder } from '../../webview/harness/runs.js';
import { lossAt } from './curve.js';
import { LIVE_CHANNEL, LIVE_POINTS, LIVE_TAGS, ROW_MS } from './live.js';

const run = new RunBuilder(0, 0.1);
let step = 0;
const logRow = (): void => {
  LIVE_TAGS.forEach((tag, index) => run.log(tag, step, lossAt(step + index)));
  step++;
};
while (step < LIVE_POINTS) {
  logRow();
}
const host = new FakeHost((message) => {
  self.postMessage(message);
  return Promise.resolve();
});
host.run = run.build({ status: 'live' });
self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  void host.receive(data);
});
new BroadcastChannel(LIVE_CHANNEL).addEventListener('message', () => {
  setInterval(() => {
    logRow();
    host.run = run.build({ status: 'live' });
    void host.sendReport();
  }, ROW_MS);
});
