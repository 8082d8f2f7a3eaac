import equinox as eqx
import jax
import optax


def main(steps=1000, learning_rate=1e-3):
    model = eqx.nn.MLP(2, 1, 64, 3, key=jax.random.PRNGKey(0))
    optim = optax.adam(learning_rate)
    opt_state = optim.init(eqx.filter(model, eqx.is_inexact_array))

    @eqx.filter_jit
    def make_step(model, opt_state, x, y):
        loss, grads = eqx.filter_value_and_grad(compute_loss)(model, x, y)
        updates, opt_state = optim.update(grads, opt_state)
        model = eqx.apply_updates(model, updates)
        return loss, model, opt_state

    for step in range(steps):
        loss, model, opt_state = make_step(model, opt_state, *next(data))


main()
