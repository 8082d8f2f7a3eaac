import type { ArgumentPlace, LoopPlaces, OptimizerPlace } from '../loopPlaces.js';
import { learningRateOf } from './optimizerPlaces.js';
import { construction, type Construction } from './optimizers.js';
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
  const built = unit.steps.flatMap(({ event }) =>
    event.target === null ? [] : (construction(event.target, event.owner, 'optimizer', module, objects) ?? []),
  );
  const places = [...new Set(built)].map((one) => placesOf(one, module));
  const [first = []] = places;
  return places.length === 1 ? first : [...new Map(places.flat().map((place) => [place.node, place])).values()];
}

/** Places of a construction that several loops step. */
const known = new WeakMap<Construction, readonly OptimizerPlace[]>();

function placesOf(built: Construction, module: PythonModule): readonly OptimizerPlace[] {
  const places =
    known.get(built) ??
    built.all.flatMap(({ value, target }): OptimizerPlace[] => {
      const call = readCall(module.text, value);
      return call && /^[A-Z]/.test(call.name)
        ? [
            {
              node: value,
              call,
              className: call.name.toLowerCase(),
              variable: target,
              learningRate: learningRateOf(call),
            },
          ]
        : [];
    });
  known.set(built, places);
  return places;
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
