import jax
import optax
tx = optax.lion(1e-4)

def body(carry, batch):
    params, opt_state = carry
    grads = jax.grad(loss)(params, batch)
    updates, opt_state = tx.update(grads, opt_state, params)
    params = optax.apply_updates(params, updates)
    return (params, opt_state), None

carry, _ = jax.lax.scan(body, (params, tx.init(params)), batches)
