/** Optimizers of torch.optim that keep Adam's two moments under Adam's names [code torch.optim]. */
export const ADAM_KIND: ReadonlySet<string> = new Set(['Adam', 'AdamW', 'NAdam', 'RAdam']);
