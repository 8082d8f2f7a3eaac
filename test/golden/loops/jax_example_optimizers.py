from jax import grad, jit
from jax.example_libraries import optimizers
opt_init, opt_update, get_params = optimizers.momentum(0.001, mass=0.9)

@jit
def update(i, opt_state, batch):
    params = get_params(opt_state)
    return opt_update(i, grad(loss)(params, batch), opt_state)

for epoch in range(10):
    for batch in batches:
        opt_state = update(next(counter), opt_state, batch)
