import type { AttentionModule } from '../../loops/python/attentionModules.js';
import { dottedName, readCall, textOf } from '../../loops/python/expressions.js';
import { submoduleAt } from '../../loops/python/networkClasses.js';
import type { PythonModule } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, contains, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { moduleName } from '../editing/normLikeTheFile.js';

const GAIN = 'head_gain';

/** Names under which a gain for each head is there already. */
const NAMED = /^(?:head_(?:gain|scale|gamma)s?|scale_heads|gamma_heads?)$/;

/**
 * Gives each head a gain of its own, where the heads are put out and before they are joined: heads stand in front of
 * tokens and features there.
 *
 * @returns false where the code doesn't show how many heads there are, or where they are put out
 */
export function addHeadGains(attention: AttentionModule, analysis: PythonAnalysis, edits: EditList): boolean {
  const { module } = analysis;
  const heads = numberOfHeads(attention, module);
  const outputs = outputsOf(attention, module);
  if (!heads || outputs.length === 0) {
    return false;
  }
  const parameter = moduleName('Parameter', attention.constructor, analysis, edits);
  const ones = nameFor('torch.ones', attention.constructor, analysis, edits);
  edits.insertAfter(heads.statement, [`self.${GAIN} = ${parameter}(${ones}(${heads.code}, 1, 1))`]);
  for (const output of outputs) {
    const used = output.field === 'right' || output.field === 'value' || output.parent?.type === 'argument_list';
    const enclosed = output.parent?.type === 'parenthesized_expression';
    edits.insert(output.start, used || enclosed ? '' : '(');
    edits.insert(output.end, ` * self.${GAIN}${used || enclosed ? '' : ')'}`);
  }
  return true;
}

export function hasHeadGains(attention: AttentionModule): boolean {
  return attention.submodules.some(({ name }) => NAMED.test(name));
}

/** What `view` splits the queries into, where an attribute says so: `q.view(B, T, self.n_head, …)`. */
function numberOfHeads(
  attention: AttentionModule,
  module: PythonModule,
): { readonly code: string; readonly statement: SyntaxNode } | null {
  const { text } = module;
  const calls = module.calls.filter(({ owner }) => owner === attention.forward);
  const ordered = calls.some(({ name }) => name === 'transpose' || name === 'permute');
  const views = calls.filter(
    ({ name, positional }) => (name === 'view' || name === 'reshape') && positional.length >= 4,
  );
  // Keys can have fewer heads than queries.
  const queries = new Set(attention.sites.map(({ query }) => textOf(text, query)));
  const ofQueries = views.filter(({ node }) =>
    module.assignments.some(({ target, value }) => queries.has(target) && contains(value, node)),
  );
  const names = new Set(
    (ofQueries.length > 0 ? ofQueries : views).map(({ positional }) =>
      dottedName(text, positional.at(-2) as SyntaxNode),
    ),
  );
  const [name = null] = names;
  const held = submoduleAt(name, attention);
  return ordered && names.size === 1 && name !== null && held
    ? { code: name, statement: held.assignment.statement }
    : null;
}

/** Where attention meets the values: the fused call, or the weights times the values. */
function outputsOf({ forward, sites }: AttentionModule, module: PythonModule): readonly SyntaxNode[] {
  const { text } = module;
  const weights = new Set(
    module.assignments
      .filter(
        ({ owner, value }) =>
          owner === forward && [...walk(value)].some((inner) => readCall(text, inner)?.name === 'softmax'),
      )
      .map(({ target }) => target),
  );
  return [...walk(forward.node)].filter((node) => {
    const call = readCall(text, node);
    if (call?.name === 'scaled_dot_product_attention') {
      return true;
    }
    if (sites.some((site) => site.node === node)) {
      return false;
    }
    const [left, right] =
      call?.name === 'matmul' && call.positional.length === 2
        ? call.positional
        : [childOf(node, 'left'), childOf(node, 'right')];
    const product =
      call?.name === 'matmul' ||
      (node.type === 'binary_operator' && left && right && text.slice(left.end, right.start).trim() === '@');
    return Boolean(product) && left !== undefined && weights.has(textOf(text, left));
  });
}
