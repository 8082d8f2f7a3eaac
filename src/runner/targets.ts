import type { TargetName } from './jobRecord.js';
import { LocalTarget } from './local.js';
import { RayTarget } from './ray.js';
import { SlurmTarget } from './slurm/slurmTarget.js';
import type { Target } from './target.js';
import { TorchrunTarget } from './torchrun.js';

/** Every place where jobs can run. @param supervisor what Node is given to run `supervisorMain`. */
export function targetsWith(supervisor: readonly string[]): Readonly<Record<TargetName, Target>> {
  return {
    local: new LocalTarget(supervisor),
    torchrun: new TorchrunTarget(supervisor),
    ray: new RayTarget(supervisor),
    slurm: new SlurmTarget([process.execPath, ...supervisor]),
  };
}
