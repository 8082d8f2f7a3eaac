import equinox as eqx
import jax
import optax
optim = optax.adam(3e-4)

@eqx.filter_value_and_grad
def compute_loss(model, x, y):
    return ((jax.vmap(model)(x) - y) ** 2).mean()

@eqx.filter_jit
def make_step(model, opt_state, x, y):
    loss, grads = compute_loss(model, x, y)
    updates, opt_state = optim.update(grads, opt_state, model)
    model = eqx.apply_updates(model, updates)
    return loss, model, opt_state

for x, y in loader:
    loss, model, opt_state = make_step(model, opt_state, x, y)
