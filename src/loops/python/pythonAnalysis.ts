import { withWarnings } from '../rules/runRules.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { FoundLoop, PythonAnalysis } from '../sourceAnalysis.js';
import { SourceLines } from '../syntax/sourceLines.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';
import { describeFunctional, functionalPlaces } from './describeFunctional.js';
import { describeKeras, kerasPlaces } from './describeKeras.js';
import { describeLightning, lightningPlaces } from './describeLightning.js';
import { describeArguments, describeUnit } from './describeLoop.js';
import { FunctionalFinder } from './functionalTraining.js';
import { findKerasTrainings } from './kerasTraining.js';
import { findLightningTrainings } from './lightningTraining.js';
import { readModule, type PythonModule } from './pythonModule.js';
import { argumentPlaces, findTrainingArguments } from './trainingArguments.js';
import { UnitFinder } from './trainingUnits.js';
import { unitPlaces } from './unitPlaces.js';

/** Libraries built on PyTorch: a file that imports one of them trains with PyTorch. */
const PYTORCH_FAMILY = new Set(
  (
    'torch torchvision torchaudio torchtext torchtune torch_xla torch_geometric pytorch_lightning lightning accelerate ' +
    'deepspeed transformers timm fairseq fairscale apex diffusers peft trl fvcore mmcv mmengine detectron2 monai kornia ' +
    'sentence_transformers bitsandbytes composer ignite functorch xformers einops'
  ).split(' '),
);

/** Frameworks with the same words for other things. */
const STRANGERS = new Set('paddle tinygrad mindspore jittor oneflow chainer needle micrograd mxnet'.split(' '));

export function analysePython(text: string, root: SyntaxNode, isCell: boolean): PythonAnalysis {
  const lines = new SourceLines(text);
  const module = readModule(text, root);
  const units = new UnitFinder(module);
  const trainsWithTorch = usesTorch(module, isCell);
  const { objects } = units;
  const all: FoundLoop[] = [
    ...(trainsWithTorch ? units.find() : []).map((unit) => ({
      origin: { kind: 'unit' as const, unit },
      places: unitPlaces(unit, module, objects),
      loop: describeUnit(unit, module, objects, lines),
    })),
    ...findTrainingArguments(module).map((call) => ({
      origin: { kind: 'arguments' as const, arguments: call },
      places: argumentPlaces(call),
      loop: describeArguments(call, module, lines),
    })),
    ...findLightningTrainings(module).map((lightning) => ({
      origin: { kind: 'lightning' as const, lightning },
      places: lightningPlaces(lightning),
      loop: describeLightning(lightning, module, lines),
    })),
    ...findKerasTrainings(module, objects).map((keras) => ({
      origin: { kind: 'keras' as const, keras },
      places: kerasPlaces(keras),
      loop: describeKeras(keras, module, objects, lines),
    })),
    ...new FunctionalFinder(module, objects).find().map((functional) => ({
      origin: { kind: 'functional' as const, functional },
      places: functionalPlaces(functional),
      loop: describeFunctional(functional, module, objects, lines),
    })),
  ].sort((one, other) => compare(one.loop, other.loop));
  const found = withWarnings(all, module, units, lines);
  return { language: 'python', isCell, lines, root, module, units, found, loops: found.map(({ loop }) => loop) };
}

function usesTorch(module: PythonModule, isCell: boolean): boolean {
  const packages = module.imports.map(({ path }) => path.split('.')[0] as string);
  const stars = module.root.children
    .filter(({ type }) => type === 'import_from_statement')
    .map((node) => module.text.slice(node.start, node.end).split(/[\s.]+/)[1] ?? '');
  const all = [...packages, ...stars];
  // `torch, nn = try_import_torch()` and the like.
  const assigned = module.assignments.some(({ target, owner }) => target === 'torch' && owner === module.main);
  return (
    assigned || all.some((name) => PYTORCH_FAMILY.has(name)) || (isCell && !all.some((name) => STRANGERS.has(name)))
  );
}

function compare(one: TrainingLoop, other: TrainingLoop): number {
  return one.from.line - other.from.line || one.from.character - other.from.character;
}
