"""Keras 3 on PyTorch, `fit` with a compiled model."""

import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy
from truth import finish, note

keras.utils.set_random_seed(1)


class Truth(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        note(step=batch + 1, loss=float(logs["loss"]))


x = numpy.random.default_rng(1).normal(size=(160, 8)).astype("float32")
model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
model.fit(x, x.sum(axis=1), batch_size=8, epochs=1, verbose=0, shuffle=False, callbacks=[Truth()])
finish(model)
