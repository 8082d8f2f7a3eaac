import type { FixDescription } from '../../model/fix.js';
import { scheduleInUnit, TOTAL, type Schedule } from '../editing/scheduleInUnit.js';
import { setTrainerSchedule } from '../editing/trainerSchedule.js';
import type { Fix } from '../fix.js';
import { scheduleInModule } from '../libraries/lightningSchedule.js';
import { scheduleInLibraries } from '../libraries/scheduleInOptimizer.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'cosine-restarts',
  title: 'Let the learning rate fall and restart (cosine)',
  why: 'Lets the rate fall to zero along a cosine several times and start anew at the full rate, which may carry a run out of a poor valley.',
  answers: ['plateau'],
  contraindications: [
    'As a default: one decay to zero does better on most tasks.',
    'Alarms for loss spikes: the loss jumps at every restart by design; judge the run at the end of a cycle.',
    'Fine-tuning of pretrained weights, which a restart throws back.',
  ],
  frameworks: ['pytorch', 'transformers', 'lightning', 'keras', 'jax'],
  settings: [
    {
      name: 'cycles',
      title: 'Cycles in the run',
      default: 4,
      source: 'SGDR (2017) restarts every 10 to 200 epochs; to be tuned',
    },
  ],
  papers: [
    {
      title: 'SGDR: Stochastic Gradient Descent with Warm Restarts',
      authors: 'Ilya Loshchilov, Frank Hutter',
      year: 2017,
    },
  ],
  labArm: 'cosine-restarts',
};

/** `CosineAnnealingWarmRestarts`, or the Trainer's own. */
export const cosineRestarts: Fix = {
  description,
  apply(target, settings) {
    const cycles = numberSetting(description, 'cycles', settings, { above: 1, whole: true });
    if (!cycles.ok) {
      return refused(cycles.error);
    }
    const schedule: Schedule = {
      name: 'restart_scheduler',
      className: 'torch.optim.lr_scheduler.CosineAnnealingWarmRestarts',
      code: `T_0=max(1, ${TOTAL} // ${cycles.value})`,
      isThere: (_variable, code) => /Restarts/i.test(code),
      notes: ['The loss jumps at every restart: judge the run at the end of a cycle.'],
    };
    return applyToLoops(target, {
      ...scheduleInLibraries({
        keras: ({ rate, total, name }) =>
          `${name('CosineDecayRestarts')}(${rate}, first_decay_steps=max(1, ${total} // ${cycles.value}), t_mul=1.0)`,
        optax: ({ rate, total, name }) =>
          `${name('join_schedules')}([${name('cosine_decay_schedule')}(${rate}, max(1, ${total} // ${cycles.value}))] * ${cycles.value}, [${total} * cycle // ${cycles.value} for cycle in range(1, ${cycles.value})])`,
        isThere: (schedule) => /restarts|sgdr|join_schedules\(\[[\w.]*cosine_decay_schedule/i.test(schedule),
        notes: ['The loss jumps at every restart: judge the run at the end of a cycle.'],
      }),
      unit: (unit, { loop, analysis, edits }) => scheduleInUnit(unit, loop.accumulation, schedule, analysis, edits),
      lightning: (training, context) => scheduleInModule(training, schedule, context),
      arguments: (call, { analysis, edits }) =>
        setTrainerSchedule(
          call,
          {
            name: 'cosine_with_restarts',
            recognised: /^cosine_with_restarts$/,
            options: () => [['num_cycles', cycles.value]],
            warmup: null,
          },
          analysis,
          edits,
        ),
    });
  },
};
