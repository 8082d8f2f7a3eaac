import { workerData } from 'node:worker_threads';
import { CONTROL, kernelsOf, waitWhile } from './wasmThreads.js';
import type { HelperData } from './wasmThreads.js';

/** A thread that helps with kernels: it joins every job that it is called to in time. It ends with the process. */

const { module, memory, control, job, room } = workerData as HelperData;
const kernels = kernelsOf(module, memory);
let heard = 0;
for (;;) {
  waitWhile(control, CONTROL.calls, (calls) => calls === heard);
  heard = Atomics.load(control, CONTROL.calls);
  Atomics.add(control, CONTROL.inside, 1);
  try {
    if (Atomics.load(control, CONTROL.isOpen) === 1) {
      kernels[control[CONTROL.kernel]!]!(job, room);
    }
  } catch {
    Atomics.store(control, CONTROL.hasFailed, 1);
  }
  Atomics.sub(control, CONTROL.inside, 1);
  Atomics.notify(control, CONTROL.inside);
}
