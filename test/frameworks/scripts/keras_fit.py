import keras
import numpy as np

keras.utils.set_random_seed(0)

EPOCHS = 4
BATCH = 16

features = np.random.default_rng(0).normal(size=(160, 6)).astype("float32")
targets = (features @ np.arange(1.0, 7.0, dtype="float32"))[:, None] * 4

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="mse")


class Watch(keras.callbacks.Callback):
    """Notes the rate of every step and the weights before and after it."""

    def __init__(self):
        super().__init__()
        self.rates, self.weights = [], []

    def on_train_begin(self, logs=None):
        self.weights.append(self.flat())

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))

    def on_train_batch_end(self, batch, logs=None):
        self.weights.append(self.flat())

    def flat(self):
        return np.concatenate([np.ravel(w) for w in self.model.get_weights()]).astype(float).tolist()


watch = Watch()
model.fit(features, targets, epochs=EPOCHS, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[watch])

SEEN = {
    "rates": watch.rates,
    "weights": watch.weights,
    "end": watch.flat(),
    "dtype": model.layers[0].compute_dtype,
    "config": {key: value for key, value in model.optimizer.get_config().items() if isinstance(value, (int, float))},
}
