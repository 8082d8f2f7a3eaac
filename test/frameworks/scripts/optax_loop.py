import jax
import jax.numpy as jnp
import numpy as np
import optax

STEPS = 40
LEARNING_RATE = 0.01

features = jnp.asarray(np.random.default_rng(0).normal(size=(160, 6)), dtype=jnp.float32)
targets = (features @ jnp.arange(1.0, 7.0))[:, None] * 4


def init(key):
    one, two = jax.random.split(key)
    return {"w1": jax.random.normal(one, (6, 8)) * 0.4, "w2": jax.random.normal(two, (8, 1)) * 0.4}


def loss_fn(params, x, y):
    return jnp.mean((jnp.tanh(x @ params["w1"]) @ params["w2"] - y) ** 2)


params = init(jax.random.key(0))
optimizer = optax.adam(LEARNING_RATE)
opt_state = optimizer.init(params)


@jax.jit
def train_step(params, opt_state, x, y):
    loss, grads = jax.value_and_grad(loss_fn)(params, x, y)
    updates, opt_state = optimizer.update(grads, opt_state, params)
    params = optax.apply_updates(params, updates)
    return params, opt_state, loss, grads


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)]).astype(float).tolist()


weights, gradients = [flat(params)], []
for step in range(STEPS):
    rows = slice(16 * (step % 10), 16 * (step % 10) + 16)
    params, opt_state, loss, grads = train_step(params, opt_state, features[rows], targets[rows])
    weights.append(flat(params))
    gradients.append(flat(grads))

SEEN = {"weights": weights, "gradients": gradients}
