import jax
import optax

optimizer = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(1e-3))
opt_state = optimizer.init(params)
for step in range(1000):
    grads = jax.grad(loss)(params, next(batches))
    updates, opt_state = optimizer.update(grads, opt_state, params)
    params = optax.apply_updates(params, updates)
    log(step, opt_state[1][0].count)
