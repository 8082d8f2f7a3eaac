import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)


class CustomModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(8, activation="tanh")
        self.out = keras.layers.Dense(1)

    def call(self, inputs):
        return self.out(self.hidden(inputs))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}


features = np.random.default_rng(0).normal(size=(160, 6)).astype("float32")
targets = (features @ np.arange(1.0, 7.0, dtype="float32"))[:, None] * 4

model = CustomModel()
model(features[:1])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5), loss="mse")


class Watch(keras.callbacks.Callback):
    weights, rates = [], []

    def on_train_begin(self, logs=None):
        self.on_train_batch_end(0)

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch, logs=None):
        self.weights.append(np.concatenate([np.ravel(w) for w in self.model.get_weights()]).astype(float).tolist())


model.fit(features, targets, epochs=2, batch_size=16, shuffle=False, verbose=0, callbacks=[Watch()])

SEEN = {"rates": Watch.rates, "weights": Watch.weights}
