import jax
import optax

optimizer = optax.multi_transform({"body": optax.adam(1e-3), "head": optax.sgd(1e-2)}, labels)
opt_state = optimizer.init(params)
for batch in batches:
    grads = jax.grad(loss)(params, batch)
    updates, opt_state = optimizer.update(grads, opt_state, params)
    params = optax.apply_updates(params, updates)
