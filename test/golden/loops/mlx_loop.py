import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
optimizer = optim.SGD(learning_rate=0.1)
loss_and_grad_fn = nn.value_and_grad(model, loss_fn)
for e in range(10):
    for X, y in batches:
        loss, grads = loss_and_grad_fn(model, X, y)
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state)
