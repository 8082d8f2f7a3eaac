import type { LibrarySchedule } from '../libraries/scheduleInOptimizer.js';

/** Warmup, plateau and cooldown for Keras and optax, which have no such schedule of their own. */
export function wsdInLibraries(warmup: number, cooldown: number): LibrarySchedule {
  return {
    keras: ({ rate, total, helper, package: keras }) => {
      helper(classSource(keras, warmup, cooldown));
      return `WarmupStableDecay(${rate}, ${total})`;
    },
    optax: ({ rate, total, helper }) => {
      helper(functionSource(warmup, cooldown));
      return `wsd_schedule(${rate}, ${total})`;
    },
    isThere: (schedule) => /wsd|stable_?decay/i.test(schedule),
    notes: ['The loss drops when the rate begins to fall: judge the run only then.'],
  };
}

function classSource(keras: string, warmup: number, cooldown: number): string {
  return `
class WarmupStableDecay(${keras}.optimizers.schedules.LearningRateSchedule):
    """The rate rises, stays, and falls to zero like 1 - sqrt (warmup-stable-decay)."""

    def __init__(self, rate, total_steps, warmup=${warmup}, cooldown=${cooldown}):
        self.rate, self.total_steps, self.warmup, self.cooldown = rate, total_steps, warmup, cooldown

    def __call__(self, step):
        step = ${keras}.ops.cast(step, "float32")
        into_cooldown = ${keras}.ops.maximum(0.0, 1 - (self.total_steps - step) / (self.cooldown * self.total_steps))
        rise = (step + 1) / (self.warmup * self.total_steps)
        return self.rate * ${keras}.ops.minimum(${keras}.ops.minimum(rise, 1.0), 1 - into_cooldown**0.5)

    def get_config(self):
        return {
            "rate": self.rate,
            "total_steps": self.total_steps,
            "warmup": self.warmup,
            "cooldown": self.cooldown,
        }
`;
}

function functionSource(warmup: number, cooldown: number): string {
  return `
def wsd_schedule(rate, total_steps, warmup=${warmup}, cooldown=${cooldown}):
    """The rate rises, stays, and falls to zero like 1 - sqrt (warmup-stable-decay)."""

    def schedule(step):
        into_cooldown = jax.numpy.maximum(0.0, 1 - (total_steps - step) / (cooldown * total_steps))
        rise = (step + 1) / (warmup * total_steps)
        return rate * jax.numpy.minimum(jax.numpy.minimum(rise, 1.0), 1 - into_cooldown**0.5)

    return schedule
`;
}
