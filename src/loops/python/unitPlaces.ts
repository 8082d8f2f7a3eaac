import type { ArgumentPlace, LoopPlaces, OptimizerPlace } from '../loopPlaces.js';
import { learningRateOf } from './optimizerPlaces.js';
import { construction } from './optimizers.js';
import { readCall } from './expressions.js';
import type { ObjectTable } from './objects.js';
import type { PythonModule } from './pythonModule.js';
import type { TrainingUnit } from './trainingUnits.js';

/** The places of a loop that is written out. */
export function unitPlaces(unit: TrainingUnit, module: PythonModule, objects: ObjectTable): LoopPlaces {
  const backward = unit.backwards[0]?.event;
  const step = unit.steps[0]?.event;
  return {
    node: unit.loop,
    optimizers: optimizersOf(unit, module, objects),
    gradients: backward ? { node: backward.node, statement: backward.statement, variable: null } : null,
    step: step ? { node: step.node, statement: step.statement, gradients: null } : null,
    arguments: argumentsOf(unit, module),
  };
}

function optimizersOf(unit: TrainingUnit, module: PythonModule, objects: ObjectTable): readonly OptimizerPlace[] {
  const places = new Map<unknown, OptimizerPlace>();
  for (const { event } of unit.steps) {
    const built = event.target === null ? null : construction(event.target, event.owner, 'optimizer', module, objects);
    for (const { value, target } of built?.all ?? []) {
      const call = readCall(module.text, value);
      if (call && /^[A-Z]/.test(call.name)) {
        const className = call.name.toLowerCase();
        places.set(value, { node: value, call, className, variable: target, learningRate: learningRateOf(call) });
      }
    }
  }
  return [...places.values()];
}

/** The objects of Accelerate, Fabric and DeepSpeed carry settings of the loop. */
function argumentsOf(unit: TrainingUnit, module: PythonModule): readonly ArgumentPlace[] {
  const routes = new Set([...unit.backwards, ...unit.steps].map(({ event }) => event.route));
  const places = (role: ArgumentPlace['role'], ...names: string[]): ArgumentPlace[] =>
    names.flatMap((name) => module.callsNamed(name).map((call) => ({ role, call })));
  return [
    ...(routes.has('accelerate') ? places('accelerator', 'Accelerator') : []),
    ...(routes.has('fabric') ? places('fabric', 'Fabric', 'LightningLite') : []),
    ...(routes.has('deepspeed') ? places('deepspeed-initialize', 'initialize') : []),
  ];
}
