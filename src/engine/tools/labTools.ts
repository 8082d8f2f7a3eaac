import { z } from 'zod';
import type { LabTrial, TrialArm } from '../../contract/labProtocol.js';
import { FixableSource } from '../sources/fixableSource.js';
import { findingInput, reportOf } from './runTools.js';
import { tool } from './tool.js';

export const tryFix = tool({
  name: 'try_fix',
  title: 'Try fixes on a proxy of a run',
  description:
    'Tries the fixes of one finding in the lab: a small proxy shaped after the run is trained with and without the symptom; if the symptom shows, each fix is trained with paired seeds and judged (helps, no-effect, hurts, unclear) with its effect and interval. Takes minutes of processor time on this machine and changes no file of the project. What has been trained is kept: asked again, it goes on from there. A verdict holds for the proxy; say so when you pass it on.',
  computes: true,
  input: findingInput.extend({
    fixes: z.array(z.string().min(1)).min(1).optional().describe('Only these fixes of the finding; all by default'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe('The script or configuration that the run was started with: the proxy is shaped after it, too'),
  }),
  async run({ run, finding, fixes, file }, services, signal) {
    const { id } = await reportOf(run, services, signal);
    const source = file === undefined ? undefined : new FixableSource(await services.readSource(file)).program;
    const subject = { run: id, finding, ...(fixes && { fixes }), ...(source && { source }) };
    return answerOf(await services.tryFix(subject, signal));
  },
});

/** What an agent is told of a trial: no curves, which say nothing that the verdicts do not. */
function answerOf({ stage, finding, proxy, measure, backend, reproduction, arms, ...rest }: LabTrial): object {
  const { untried, problems } = rest;
  return {
    finding: finding.title,
    outcome: stage,
    reproduced: reproduction?.reproduced ?? null,
    reproduction,
    proxy,
    measure,
    engine: backend,
    verdicts: arms.filter(({ fix }) => fix !== null).map(verdictOf),
    untried,
    problems,
  };
}

function verdictOf({ fix, title, verdict, runs }: TrialArm): object {
  return { fix, title, ...(verdict ?? { verdict: 'not-tried' }), runs: runs.flatMap(({ folder }) => folder ?? []) };
}
