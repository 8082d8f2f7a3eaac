import haiku as hk
import jax
import optax

LR = 1e-3
schedule = optax.cosine_decay_schedule(LR, 20_000)
optimizer = optax.chain(
    optax.add_decayed_weights(1e-4, mask=decay_mask),
    optax.adam(schedule, b1=0.9, b2=0.99),
)


def update(params, opt_state, batch):
    grads = jax.grad(loss)(params, batch)
    updates, opt_state = optimizer.update(grads, opt_state, params)
    return optax.apply_updates(params, updates), opt_state


for _ in range(20_000):
    params, opt_state = update(params, opt_state, next(batches))
