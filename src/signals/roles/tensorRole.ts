import { table } from '../../base/table.js';
import { isNeutral } from './folders.js';
import type { TagDescription } from './tagDescription.js';
import { bare, withoutPhase, wordsOf, type TagName } from './tagName.js';

/** Beginnings of names that go on with the tensor's or the layer's, in one folder or over several. */
const PER_TENSOR: readonly { readonly words: readonly string[]; readonly role: string }[] = [
  { words: ['grad', 'norm'], role: 'gradient-norm' },
  { words: ['grad', '2', '0', 'norm'], role: 'gradient-norm' },
  { words: ['gradient', 'norm'], role: 'gradient-norm' },
  { words: ['gradnorm'], role: 'gradient-norm' },
  { words: ['l2', 'norm', 'grad'], role: 'gradient-norm' },
  { words: ['gradients'], role: 'gradient-norm' },
  { words: ['gradient', 'cosine', 'similarity'], role: 'gradient-cosine' },
  { words: ['gradient', 'cosine'], role: 'gradient-cosine' },
  { words: ['grad', 'cosine'], role: 'gradient-cosine' },
  { words: ['grad', 'cos', 'sim'], role: 'gradient-cosine' },
  { words: ['grad', 'cos'], role: 'gradient-cosine' },
  { words: ['weight', 'norm'], role: 'weight-norm' },
  { words: ['param', 'norm'], role: 'weight-norm' },
  { words: ['params', 'norm'], role: 'weight-norm' },
  { words: ['l2', 'norm', 'param'], role: 'weight-norm' },
  { words: ['update', 'ratio'], role: 'update-ratio' },
  { words: ['update', 'to', 'weight', 'ratio'], role: 'update-ratio' },
  { words: ['max', 'attention', 'logit'], role: 'attention-logit' },
  { words: ['max', 'attention', 'logits'], role: 'attention-logit' },
  { words: ['max', 'attn', 'logit'], role: 'attention-logit' },
  { words: ['max', 'attn', 'logits'], role: 'attention-logit' },
  { words: ['attention', 'logit'], role: 'attention-logit' },
  { words: ['attention', 'max', 'logit'], role: 'attention-logit' },
  { words: ['attention', 'max', 'logits'], role: 'attention-logit' },
  { words: ['attn', 'logit'], role: 'attention-logit' },
  { words: ['attn', 'max', 'logit'], role: 'attention-logit' },
];

/** `layers.3.attn.max_logit`: the layer's name with the quantity at its end. */
const ENDS_OF_TENSOR = table<string>({
  'grad norm': 'gradient-norm',
  'gradient norm': 'gradient-norm',
  'weight norm': 'weight-norm',
  'param norm': 'weight-norm',
  'max logit': 'attention-logit',
  'max attn logit': 'attention-logit',
  'max attention logit': 'attention-logit',
  'attn logit max': 'attention-logit',
});

/** `param/transformer.blocks.0.att_proj.weight.norm`, `gradients/fc.weight_norm`. */
const NORM_OF_TENSOR =
  /(?:^|\/)(?:(?<weight>params?|parameters?|weights?)|grads?|gradients?)\/(?<tensor>.+)[._/](?:l2_?)?norm$/i;

/** `grad_norm/<tensor>`, `layers/0/grad_norm`, `params/norm/<tensor>`, `layers.0.grad_norm`, ... */
export function tensorRole(name: TagName): TagDescription | undefined {
  const norm = NORM_OF_TENSOR.exec(name.tag)?.groups;
  if (norm?.['tensor'] !== undefined && bare(wordsOf(norm['tensor'])) !== 'total') {
    const head = norm['weight'] === undefined ? 'gradient-norm' : 'weight-norm';
    return { role: `${head}/${norm['tensor']}` };
  }
  const path = [...name.folders, name.leaf];
  for (const { words, role } of PER_TENSOR) {
    for (const at of path.keys()) {
      const rest = afterWords(path.slice(at), words);
      if (rest === undefined) {
        continue;
      }
      const tensor = [...path.slice(0, at).filter((folder) => !isNeutral(folder)), ...rest].join('/');
      return tensor === '' ? undefined : { role: `${role}/${tensor}` };
    }
  }
  const dot = name.leaf.lastIndexOf('.');
  const role = ENDS_OF_TENSOR[wordsOf(name.leaf.slice(dot + 1)).join(' ')];
  return dot > 0 && role !== undefined
    ? {
        role: `${role}/${[...name.folders.filter((folder) => !isNeutral(folder)), name.leaf.slice(0, dot)].join('/')}`,
      }
    : undefined;
}

/** What is left of a path whose first parts are made of the words; undefined when they are not. */
function afterWords(path: readonly string[], words: readonly string[]): string[] | undefined {
  const [first, ...further] = path;
  if (first === undefined) {
    return undefined;
  }
  const own = withoutPhase(wordsOf(first));
  if (startsWith(own, words)) {
    return [own.slice(words.length).join('_'), ...further].filter((piece) => piece !== '');
  }
  return own.length > 0 && startsWith(words, own) ? afterWords(further, words.slice(own.length)) : undefined;
}

function startsWith(words: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((word, at) => words[at] === word);
}
