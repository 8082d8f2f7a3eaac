import jax
import optax
from flax.training import train_state

def create(params):
    tx = optax.sgd(0.1, momentum=0.9)
    return train_state.TrainState.create(apply_fn=model.apply, params=params, tx=tx)

def train_step(state, batch):
    grad_fn = jax.value_and_grad(loss_fn, has_aux=True)
    (loss, logits), grads = grad_fn(state.params, batch)
    state = state.apply_gradients(grads=grads)
    return state, loss

p_train_step = jax.pmap(train_step, axis_name="batch")
for epoch in range(10):
    for batch in loader:
        state, loss = p_train_step(state, batch)
