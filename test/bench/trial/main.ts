/** What `npm run bench -- trial` runs: the real client and worker, the lab's real children; this process plays the host. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LabTrial } from '../../../src/contract/labProtocol.js';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { delayAt, delayWhile, EngineHost, pause, until } from '../support/engineHost.js';

const LIMIT_MS = 50;
const IDLE_MS = 5000;
/** Runs of the lab at a time. */
const PROCESSES = 4;
const PATIENCE_MS = 60_000;

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '180' } } });

async function main(): Promise<void> {
  const host = new EngineHost();
  try {
    const runs = path.join(host.scratch, 'runs');
    cpSync('media/sample', runs, { recursive: true });
    const lab = {
      ...{ folder: path.join(host.scratch, 'lab'), packages: null, processes: PROCESSES, seeds: 3, version: '0' },
      budget: Number(options.seconds),
    };
    await host.client.request('configure', { folders: [runs], roles: {}, exclude: [], pollIntervalMs: 1000, lab });
    const sample = () => [...host.runs.values()].find(({ findings }) => findings.length > 0);
    await until('the finding of the sample run', () => sample() !== undefined, PATIENCE_MS);
    const { id: run, findings } = sample()!;
    const finding = findings[0]!.id;
    let snapshots = 0;
    let mostTraining = 0;
    host.client.onEvent((event) => {
      if (event.type === 'trial') {
        snapshots++;
        const training = event.trial.arms.flatMap(({ runs: all }) => all.filter(({ state }) => state === 'training'));
        mostTraining = Math.max(mostTraining, training.length);
        // As the host hands it to a page.
        JSON.stringify(event.trial);
      }
    });
    const idle = await delayWhile(() => pause(IDLE_MS));
    const began = performance.now();
    let trial: LabTrial | undefined;
    const trying = await delayWhile(async () => {
      trial = await host.client.request('tryFix', { run, finding });
    });
    const seconds = (performance.now() - began) / 1000;
    tell(trial!, seconds);
    const { fixes } = (await host.client.request('report', { run })).findings.find(({ id }) => id === finding)!;
    console.log(`  fixes are offered in this order: ${fixes.map(({ id }) => id).join(', ')}`);
    console.log(`  ${snapshots} snapshots, at most ${mostTraining} runs at a time`);
    for (const [name, histogram] of Object.entries({ idle, trying })) {
      const [median, slow, worst] = [50, 99, 100].map((share) => delayAt(histogram, share).toFixed(2).padStart(8));
      console.log(
        `  delay of the host’s event loop, ${name.padEnd(8)} median ${median}  p99 ${slow}  worst ${worst} ms`,
      );
    }
    const busy = delayAt(trying, 99);
    console.log(`  p99 ${busy.toFixed(1)} ms, allowed ${LIMIT_MS} ms`);
    process.exitCode = busy < LIMIT_MS && mostTraining === PROCESSES ? 0 : BOUND_MISSED;
  } finally {
    await host.close();
  }
}

function tell({ stage, proxy, reproduction, arms, problems }: LabTrial, seconds: number): void {
  console.log(`${stage} after ${seconds.toFixed(1)} s, ${proxy?.parameters ?? 0} parameters`);
  proxy?.rules.forEach((rule) => console.log(`  ${rule}`));
  console.log(`  symptom: ${JSON.stringify(reproduction)}`);
  for (const { title, verdict } of arms.filter(({ fix }) => fix !== null)) {
    console.log(`  ${verdict?.verdict ?? 'not tried'}: ${title} ${verdict?.effect?.toFixed(3) ?? ''}`);
  }
  problems.forEach((problem) => console.log(`  ! ${problem}`));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
