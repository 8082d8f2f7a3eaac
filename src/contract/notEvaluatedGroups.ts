import type { NotEvaluated } from '../model/finding.js';

/** What several monitors could not judge for want of the same kind of numbers. */
export interface NotEvaluatedGroup {
  readonly title: string;
  readonly items: readonly NotEvaluated[];
}

/** As many can be listed one by one; more are easier to read in groups. */
export const FEW_NOT_EVALUATED = 12;

/**
 * Kinds of numbers, by the beginnings of their roles, in the order in which people can do something about them. The first
 * that fits what a monitor is missing is its group.
 */
const KINDS: readonly { readonly title: string; readonly roles: RegExp }[] = [
  {
    title: 'Layers and tensors',
    roles:
      /^(?:gradient-norm\/|weight-|update-ratio|activation|attention-logit|log-z|softmax-collapse|moment|plasticity-probe|safe-step-ratio|quantisation-noise|gradient-cosine)/,
  },
  {
    title: 'Rewards and policies',
    roles: /^(?:reward|zero-variance|policy-|completion-length|kl$|entropy$|preference|loss\/actor|loss\/critic)/,
  },
  { title: 'Adversarial games and codebooks', roles: /^(?:loss\/|discriminator|codebook|perplexity)/ },
  { title: 'Several workers', roles: /rank|worker/ },
  { title: 'The machine and its speed', roles: /^(?:gpu|cpu|memory|throughput|step-time|data-time)/ },
];
const CURVES = 'Curves of the training';

/** Sorts what could not be judged by the kind of numbers that are missing; groups without an entry are left out. */
export function notEvaluatedGroups(items: readonly NotEvaluated[]): readonly NotEvaluatedGroup[] {
  const titleOf = ({ missing }: NotEvaluated) =>
    KINDS.find(({ roles }) => missing.some((role) => roles.test(role)))?.title ?? CURVES;
  return [CURVES, ...KINDS.map(({ title }) => title)]
    .map((title) => ({ title, items: items.filter((item) => titleOf(item) === title) }))
    .filter((group) => group.items.length > 0);
}
