import jax
import keras

class CustomModel(keras.Model):
    def train_step(self, state, data):
        trainable_variables, non_trainable_variables, optimizer_variables, metrics = state
        x, y = data
        grad_fn = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, aux), grads = grad_fn(trainable_variables, non_trainable_variables, x, y)
        trainable_variables, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, grads, trainable_variables
        )
        return {"loss": loss}, (trainable_variables, non_trainable_variables, optimizer_variables, metrics)
