"""MNIST in the style of the flax examples."""
from flax.training import train_state
import jax
import jax.numpy as jnp
import ml_collections
import optax


@jax.jit
def apply_model(state, images, labels):
  def loss_fn(params):
    logits = state.apply_fn({'params': params}, images)
    loss = jnp.mean(optax.softmax_cross_entropy(logits, jax.nn.one_hot(labels, 10)))
    return loss, logits

  grad_fn = jax.value_and_grad(loss_fn, has_aux=True)
  (loss, logits), grads = grad_fn(state.params)
  return grads, loss


@jax.jit
def update_model(state, grads):
  return state.apply_gradients(grads=grads)


def create_train_state(rng, config):
  params = cnn.init(rng, jnp.ones([1, 28, 28, 1]))['params']
  tx = optax.sgd(config.learning_rate, config.momentum)
  return train_state.TrainState.create(apply_fn=cnn.apply, params=params, tx=tx)


def train_and_evaluate(config: ml_collections.ConfigDict):
  state = create_train_state(rng, config)
  for epoch in range(1, config.num_epochs + 1):
    for perm in perms:
      grads, loss = apply_model(state, train_ds['image'][perm], train_ds['label'][perm])
      state = update_model(state, grads)
  return state
