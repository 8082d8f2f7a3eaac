import type { FixDescription } from '../../model/fix.js';
import {
  findAttentionModules,
  ShapeReader,
  topStatement,
  type AttentionModule,
} from '../../loops/python/attentionModules.js';
import { textOf } from '../../loops/python/expressions.js';
import { mayBeTorch } from '../../loops/rules/support/torchNames.js';
import type { Assignment, LocatedCall, PythonModule } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToModel } from '../blockFix.js';
import type { EditList } from '../editing/editList.js';
import { normLikeTheFile } from '../editing/normLikeTheFile.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { headSize, type HeadSize } from './headSize.js';

const description: FixDescription = {
  id: 'qk-norm',
  title: 'Normalise queries and keys (QK-norm)',
  why: 'Attention logits that grow make attention attend to one token only, and training diverges; a norm over each head of queries and keys bounds the logits by the square root of the head size times the gains.',
  answers: ['attention', 'divergence', 'loss-spike', 'gradient-spike', 'gradient-exploding'],
  contraindications: [
    'Fine-tuning weights that were trained without it: attention becomes another function.',
    'Attention that bounds its logits already, by a soft cap or by cosine similarity.',
    "Attention of a library, PyTorch's MultiheadAttention included, whose code is not yours to edit.",
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Small-scale proxies for large-scale Transformer training instabilities',
      authors: 'Mitchell Wortsman, Peter J. Liu, Lechao Xiao, et al.',
      year: 2023,
    },
    {
      title: 'Scaling Vision Transformers to 22 Billion Parameters',
      authors: 'Mostafa Dehghani, Josip Djolonga, Basil Mustafa, et al.',
      year: 2023,
    },
  ],
  labArm: 'qk-norm',
};

const NOTES = [
  'QK-norm changes what the model computes: train from scratch, or expect the loss to jump when a run is resumed.',
  'Parameters keep their names; load older checkpoints with strict=False, so that the new norms start at one.',
];

/** Names of what does it already: q_norm, ln_k, query_layernorm, qk_norm. */
const NAMED =
  /^_?(?:(?:q|k|qk|query|key)_?(?:rms_?)?(?:norm|ln|layer_?norm)|(?:rms_?)?(?:norm|ln|layer_?norm)_?(?:q|k|qk|query|key))$/i;
const BOUNDED = /norm(?:ali[sz]e)?$|^ln|cosine/i;
const ROTARY = /rotary|rope|rot_emb|rotate/i;

/** Norms over the heads of queries and keys, in attention of the user's own. */
export const qkNorm: Fix = {
  description,
  apply: (target) =>
    applyToModel(
      target,
      'No attention was found in this file: a class whose forward multiplies queries with keys.',
      (analysis) => [
        ...findAttentionModules(analysis.module).map((attention) => ({
          node: attention.node,
          make: (edits: EditList) => normalise(attention, analysis, edits),
        })),
        ...analysis.module.calls
          .filter((call) => isLibraryAttention(call, analysis))
          .map(({ node }) => ({
            node,
            make: () =>
              refused(
                'The attention of PyTorch (nn.MultiheadAttention) has no place for norms of queries and keys; write the attention out first.',
              ),
          })),
      ],
    ),
};

function isLibraryAttention(call: LocatedCall, { module }: PythonAnalysis): boolean {
  return /^(?:MultiheadAttention|Transformer(?:Encoder|Decoder)Layer)$/.test(call.name) && mayBeTorch(call, module);
}

/** Where the norms go: below (or above) a statement of `forward`, and what queries and keys are called there. */
interface Place {
  readonly statement: SyntaxNode;
  readonly above: boolean;
  readonly query: { readonly name: string; readonly size: HeadSize };
  readonly key: { readonly name: string; readonly size: HeadSize };
}

function normalise(attention: AttentionModule, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const line = lines.lineAt(attention.node.start);
  if (isThere(attention, module)) {
    return { kind: 'already-there', line };
  }
  const places = attention.sites.map(({ query, key, node }) => placeFor(query, key, node, attention, module));
  const [place] = places;
  const same = places.every(
    (other) =>
      other !== null &&
      other.statement === place?.statement &&
      other.query.name === place.query.name &&
      other.key.name === place.key.name,
  );
  if (!place || !same) {
    return refused(
      `Where ${attention.name} has its queries and keys split into heads, and how large a head is, can’t be told from its code.`,
    );
  }
  const anchor = anchorOf(attention, place, module);
  if (!anchor) {
    return refused(`Where the norms could be built in the __init__ of ${attention.name} can’t be told.`);
  }
  const { constructor } = attention;
  edits.insertAfter(anchor, [
    `self.q_norm = ${normLikeTheFile(place.query.size.code, constructor, analysis, edits)}`,
    `self.k_norm = ${normLikeTheFile(place.key.size.code, constructor, analysis, edits)}`,
  ]);
  const code = [place.query.name, place.key.name].map(
    (name, index) => `${name} = self.${index === 0 ? 'q' : 'k'}_norm(${name})`,
  );
  if (place.above) {
    edits.insertBefore(place.statement, code);
  } else {
    edits.insertAfter(place.statement, code);
  }
  return { kind: 'edited', notes: NOTES };
}

/** Named so, or a norm that something of the attention other than its input goes through. */
function isThere(attention: AttentionModule, module: PythonModule): boolean {
  const { constructor, forward } = attention;
  const built = module.assignments.some(
    ({ target, owner }) => owner === constructor && NAMED.test(target.replace(/^self\./, '')),
  );
  const names = new Set(
    attention.sites.flatMap(({ query, key }) => [textOf(module.text, query), textOf(module.text, key)]),
  );
  return (
    built ||
    module.calls.some(
      ({ owner, name, positional }) =>
        owner === forward &&
        (NAMED.test(name) ||
          (BOUNDED.test(name) && positional[0] !== undefined && names.has(textOf(module.text, positional[0])))),
    )
  );
}

function placeFor(
  query: SyntaxNode,
  key: SyntaxNode,
  site: SyntaxNode,
  attention: AttentionModule,
  module: PythonModule,
): Place | null {
  if (query.type !== 'identifier' || key.type !== 'identifier') {
    return null;
  }
  const names: readonly [string, string] = [textOf(module.text, query), textOf(module.text, key)];
  const reader = new ShapeReader(module, attention);
  return beforeRotation(names, site, reader, attention, module) ?? behindSplit(names, site, reader, attention, module);
}

/** In front of the rotary embedding, which a gain for each feature must not follow. */
function beforeRotation(
  names: readonly [string, string],
  site: SyntaxNode,
  reader: ShapeReader,
  attention: AttentionModule,
  module: PythonModule,
): Place | null {
  const rotations = module.calls.filter(
    ({ owner, node, name, callee }) =>
      owner === attention.forward && node.start < site.start && ROTARY.test(callee ?? name),
  );
  for (const { node, positional } of rotations) {
    const statement = topStatement(node, attention.forward);
    const [first, second] = positional;
    if (!statement || first?.type !== 'identifier') {
      continue;
    }
    const pair =
      second?.type === 'identifier'
        ? ([textOf(module.text, first), textOf(module.text, second)] as const)
        : names.includes(textOf(module.text, first))
          ? names
          : null;
    const place = pair && placeAt(statement, true, pair, statement.start, reader, attention, module);
    if (place) {
      return place;
    }
  }
  return null;
}

/** Below the later of the statements that give queries and keys their heads. */
function behindSplit(
  names: readonly [string, string],
  site: SyntaxNode,
  reader: ShapeReader,
  attention: AttentionModule,
  module: PythonModule,
): Place | null {
  const splits = names.map((name) => lastSplit(name, site, reader, attention, module));
  const [one, other] = splits;
  if (!one || !other) {
    return null;
  }
  const statement = topStatement(
    one.statement.start > other.statement.start ? one.statement : other.statement,
    attention.forward,
  );
  return statement && placeAt(statement, false, names, statement.end, reader, attention, module);
}

/** The last of the assignments, counted from the first, that do nothing but shape. */
function lastSplit(
  name: string,
  site: SyntaxNode,
  reader: ShapeReader,
  attention: AttentionModule,
  module: PythonModule,
): Assignment | null {
  let split: Assignment | null = null;
  for (const assignment of module.assignments) {
    if (assignment.owner !== attention.forward || assignment.target !== name || contains(assignment.statement, site)) {
      continue;
    }
    const shape = assignment.statement.end <= site.start ? reader.shapeOfAssigned(assignment) : null;
    if (!shape) {
      break;
    }
    split = shape.last === null ? split : assignment;
  }
  return split;
}

function placeAt(
  statement: SyntaxNode,
  above: boolean,
  [query, key]: readonly [string, string],
  before: number,
  reader: ShapeReader,
  attention: AttentionModule,
  module: PythonModule,
): Place | null {
  const sizes = [query, key].map((name) => {
    const assigned = reader.lastAssignment(name, before);
    const shape = assigned ? reader.shapeOfAssigned(assigned) : null;
    return shape && headSize(shape.last, attention, module);
  });
  const [one, other] = sizes;
  return one && other ? { statement, above, query: { name: query, size: one }, key: { name: key, size: other } } : null;
}

/** The last statement of `__init__` that must come first: what the head size is worked out from, and the projections. */
function anchorOf(attention: AttentionModule, place: Place, module: PythonModule): SyntaxNode | null {
  const { constructor } = attention;
  const layers = module.assignments
    .filter(({ target, owner }) => owner === constructor && target.startsWith('self.'))
    .filter(({ value }) => /Linear\b/.test(textOf(module.text, value)))
    .map(({ statement }) => statement);
  const needed = [...place.query.size.after, ...place.key.size.after];
  const tops = [...needed, ...layers].map((statement) => topStatement(statement, constructor));
  if (needed.some((statement) => topStatement(statement, constructor) === null)) {
    return null;
  }
  return tops.reduce<SyntaxNode | null>(
    (last, statement) => (statement && (last === null || statement.start > last.start) ? statement : last),
    null,
  );
}
