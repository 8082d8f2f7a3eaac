/** Optimizers of torch.optim that keep Adam's two moments under Adam's names [code torch.optim]. */
export const ADAM_KIND: ReadonlySet<string> = new Set(['Adam', 'AdamW', 'NAdam', 'RAdam']);

/** Optimizers of Keras that keep them under the names beta_1, beta_2 and epsilon [code keras/src/optimizers, 3.15]. */
export const KERAS_ADAM_KIND: ReadonlySet<string> = new Set(['adam', 'adamw', 'nadam', 'lamb']);

/** Functions of optax that take b1, b2 and eps [code optax/_src/alias.py, 0.2]. */
export const OPTAX_ADAM_KIND: ReadonlySet<string> = new Set([
  'adam',
  'adamw',
  'nadam',
  'nadamw',
  'radam',
  'amsgrad',
  'lamb',
  'scale_by_adam',
]);
