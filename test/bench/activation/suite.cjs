/**
 * Runs in the extension host: activates the extensions named in the environment, one after the other, and times each
 * but the first, which pays for what is loaded once.
 */
const { writeFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
const { setTimeout: wait } = require('node:timers/promises');
const vscode = require('vscode');

/** A host that has just started is busy with others; what it does then is not the cost of an activation. */
const SETTLE_MS = 3000;
const PAUSE_MS = 200;

exports.run = async () => {
  const [warmUp, ...ids] = process.env.EVENKEEL_ACTIVATE.split(',');
  await wait(SETTLE_MS);
  await timeActivation(warmUp);
  const result = [];
  for (const id of ids) {
    await wait(PAUSE_MS);
    result.push({ id, ...(await timeActivation(id)) });
  }
  writeFileSync(process.env.EVENKEEL_TEST_RESULT, JSON.stringify(result));
};

async function timeActivation(id) {
  const extension = vscode.extensions.getExtension(id);
  if (!extension || extension.isActive) {
    throw new Error(`${id} is ${extension ? 'active before it was asked to be' : 'not there'}`);
  }
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  await extension.activate();
  const milliseconds = performance.now() - began;
  const cpu = process.cpuUsage(cpuBefore);
  return { milliseconds, cpuMilliseconds: (cpu.user + cpu.system) / 1000 };
}
