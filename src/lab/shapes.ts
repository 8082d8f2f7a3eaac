import { makeData } from './data/data.js';
import { PICTURE_SIDE } from './data/samples.js';
import { Random } from './random.js';
import type { CnnSettings, LabSettings, MlpSettings, TransformerSettings } from './settings.js';
import type { Parameter } from './tensor.js';

/** A tensor before it has values. */
export interface ShapeOfParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of its first values, or the constant that they are. */
  readonly start: { readonly deviation: number } | { readonly constant: number };
}

/** Share of a transformer's blocks, from the first, that are Post-LN in Mix-LN (Li et al. 2024: alpha = 0.25). */
const POST_SHARE_OF_MIX = 0.25;

/** Whether the block is normalised behind the residual sum. */
export function isPostLn({ placement, depth }: TransformerSettings, block: number): boolean {
  return placement === 'post' || (placement === 'mix' && block < Math.ceil(POST_SHARE_OF_MIX * depth));
}

/** All tensors of the model with their first values: the same for the same seed. */
export function initialParameters(settings: LabSettings, classes: number, features: number, seed: number): Parameter[] {
  return shapesOf(settings, classes, features).map(({ name, shape, start }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const random = Random.forPurpose(seed, name);
    const values =
      'constant' in start ? new Float32Array(length).fill(start.constant) : random.normals(length, start.deviation);
    return { name, shape, values };
  });
}

/** How many weights the model has. */
export function parameterCount(settings: LabSettings): number {
  const { classes, features } = makeData({ ...settings, measure: { ...settings.measure, heldOut: 1 } }, 0);
  return shapesOf(settings, classes, features).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
}

/** The tensors of the model, before they have values. */
export function shapesOf({ model }: Pick<LabSettings, 'model'>, classes: number, features: number): ShapeOfParameter[] {
  switch (model.kind) {
    case 'transformer':
      return transformerShapes(model, classes);
    case 'mlp':
      return mlpShapes(model, classes, features);
    case 'cnn':
      return cnnShapes(model, classes);
  }
}

/** A matrix that is applied from the right, `[fan-in, fan-out]`: deviation 1/√fan-in (LeCun), as in Wortsman et al. 2023. */
function matrix(name: string, rows: number, columns: number, initialScale: number): ShapeOfParameter {
  return { name, shape: [rows, columns], start: { deviation: initialScale / Math.sqrt(rows) } };
}

function gains(name: string, width: number, norm: 'layer' | 'rms'): ShapeOfParameter[] {
  const gain: ShapeOfParameter = { name: `${name}.gain`, shape: [width], start: { constant: 1 } };
  return norm === 'rms' ? [gain] : [gain, { name: `${name}.bias`, shape: [width], start: { constant: 0 } }];
}

function transformerShapes(model: TransformerSettings, classes: number): ShapeOfParameter[] {
  const { width, heads, context, expansion, placement, norm, initialScale } = model;
  const deviation = 1 / Math.sqrt(width);
  const endScale = model.smallBranches ? initialScale / Math.sqrt(2 * model.depth) : initialScale;
  const shapes: ShapeOfParameter[] = [
    { name: 'embedding.tokens', shape: [classes, width], start: { deviation: 1 } },
    { name: 'embedding.positions', shape: [context, width], start: { deviation } },
    ...(placement === 'peri' ? gains('embedding.norm', width, norm) : []),
  ];
  for (let block = 0; block < model.depth; block++) {
    const name = `blocks.${block}`;
    for (const projection of ['query', 'key', 'value']) {
      shapes.push(matrix(`${name}.attention.${projection}`, width, width, initialScale));
    }
    shapes.push(matrix(`${name}.attention.output`, width, width, endScale));
    shapes.push(matrix(`${name}.mlp.input`, width, expansion * width, initialScale));
    shapes.push(matrix(`${name}.mlp.output`, expansion * width, width, endScale));
    if (model.qkNorm) {
      shapes.push(...gains(`${name}.attention.query_norm`, width / heads, norm));
      shapes.push(...gains(`${name}.attention.key_norm`, width / heads, norm));
    }
    if (placement !== 'none') {
      shapes.push(...gains(`${name}.attention_norm`, width, norm), ...gains(`${name}.mlp_norm`, width, norm));
    }
    if (placement === 'peri') {
      shapes.push(
        ...gains(`${name}.attention_output_norm`, width, norm),
        ...gains(`${name}.mlp_output_norm`, width, norm),
      );
    }
    if (placement === 'normformer') {
      shapes.push({ name: `${name}.attention.head_scales`, shape: [heads], start: { constant: 1 } });
      shapes.push(...gains(`${name}.attention_output_norm`, width, norm));
      shapes.push(...gains(`${name}.mlp_hidden_norm`, expansion * width, norm));
    }
  }
  const last = placement === 'post' || placement === 'none' ? [] : gains('final_norm', width, norm);
  return [...shapes, ...last, matrix('head.weight', width, classes, 1)];
}

function mlpShapes(model: MlpSettings, classes: number, features: number): ShapeOfParameter[] {
  const { depth, width, layerNorm, initialScale } = model;
  const shapes: ShapeOfParameter[] = [];
  for (let layer = 0; layer < depth; layer++) {
    const name = `blocks.${layer}`;
    // √2 for the half that a ReLU cuts off (He et al. 2015).
    shapes.push(matrix(`${name}.weight`, layer === 0 ? features : width, width, initialScale * Math.SQRT2));
    shapes.push({ name: `${name}.bias`, shape: [width], start: { constant: 0 } });
    shapes.push(...(layerNorm ? gains(`${name}.norm`, width, 'layer') : []));
  }
  return [
    ...shapes,
    matrix('head.weight', depth === 0 ? features : width, classes, 1),
    { name: 'head.bias', shape: [classes], start: { constant: 0 } },
  ];
}

function cnnShapes(model: CnnSettings, classes: number): ShapeOfParameter[] {
  const { depth, width, layerNorm, initialScale } = model;
  const shapes: ShapeOfParameter[] = [];
  for (let layer = 0; layer < depth; layer++) {
    const name = `blocks.${layer}`;
    const channels = layer === 0 ? 1 : width;
    shapes.push(matrix(`${name}.weight`, 9 * channels, width, initialScale * Math.SQRT2));
    shapes.push({ name: `${name}.bias`, shape: [width], start: { constant: 0 } });
    shapes.push(...(layerNorm ? gains(`${name}.norm`, width, 'layer') : []));
  }
  const side = Math.floor(PICTURE_SIDE / 2 ** depth);
  return [
    ...shapes,
    matrix('head.weight', side * side * width, classes, 1),
    { name: 'head.bias', shape: [classes], start: { constant: 0 } },
  ];
}
