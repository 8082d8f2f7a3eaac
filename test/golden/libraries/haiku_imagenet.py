import functools

from absl import flags
import haiku as hk
import jax
import optax

FLAGS = flags.FLAGS


def make_optimizer() -> optax.GradientTransformation:
  """SGD with nesterov momentum."""
  return optax.adamw(
      FLAGS.learning_rate,
      b1=0.9,
      weight_decay=FLAGS.decay,
  )


@functools.partial(jax.pmap, axis_name='i', donate_argnums=(0,))
def train_step(train_state, batch):
  params, opt_state = train_state
  grads = jax.grad(loss_fn)(params, batch)
  grads = jax.lax.pmean(grads, axis_name='i')
  updates, new_opt_state = make_optimizer().update(grads, opt_state, params)
  new_params = optax.apply_updates(params, updates)
  return new_params, new_opt_state


def main():
  for step_num in range(FLAGS.steps):
    train_state = train_step(train_state, next(train_dataset))


main()
