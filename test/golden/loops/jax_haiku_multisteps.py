import haiku as hk
import jax
import optax
optimiser = optax.MultiSteps(optax.adam(1e-3), every_k_schedule=4)

def sgd_step(params, opt_state, batch):
    grads = jax.grad(loss)(params, batch)
    updates, opt_state = optimiser.update(grads, opt_state)
    return optax.apply_updates(params, updates), opt_state

for step in range(1000):
    params, opt_state = sgd_step(params, opt_state, next(batches))
