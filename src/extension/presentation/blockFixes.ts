/** Rewrites of a model's block that are offered anywhere in it. */
const ANYWHERE = ['peri-ln', 'pre-ln', 'qk-norm'];

/** Rewrites that are offered only on a line that holds what they change: the light bulb stays short elsewhere. */
const WHERE: readonly (readonly [string, RegExp])[] = [
  ['normformer', /norm|\bln_?\w*/i],
  ['mix-ln', /norm|\bln_?\w*/i],
  ['rms-norm', /norm|\bln_?\w*/i],
  ['small-init', /linear|conv|proj|fc|mlp|ffn?\b|init_/i],
];

/** Ids of the fixes of a model's block that fit the line on which the cursor stands in it. */
export function blockFixesAt(line: string): readonly string[] {
  return [...ANYWHERE, ...WHERE.filter(([, words]) => words.test(line)).map(([id]) => id)];
}
