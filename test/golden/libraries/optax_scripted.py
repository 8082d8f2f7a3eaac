import jax
import jax.numpy as jnp
import optax

num_steps = 5_000
params = init_mlp(jax.random.PRNGKey(0))
tx = optax.adamw(learning_rate=3e-4, weight_decay=1e-2)
opt_state = tx.init(params)


@jax.jit
def step(params, opt_state, batch):
    loss_value, grads = jax.value_and_grad(loss)(params, batch)
    updates, opt_state = tx.update(grads, opt_state, params)
    params = optax.apply_updates(params, updates)
    return params, opt_state, loss_value


for i in range(num_steps):
    params, opt_state, loss_value = step(params, opt_state, next(data))
    if i % 100 == 0:
        print(f'step {i}, loss: {loss_value}')
