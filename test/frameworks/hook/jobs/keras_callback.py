"""Keras 3 on the backend that KERAS_BACKEND names, compiled; the callback is named where EXPLICIT is set."""

import json
import os
import sys

import keras
import numpy

keras.utils.set_random_seed(1)
rows = []


class Truth(keras.callbacks.Callback):
    """What the training knows of itself; weights only where the backend shows them at any time."""

    def on_train_batch_begin(self, batch, logs=None):
        self.before = [numpy.array(value) for value in model.get_weights()] if len(rows) > 1 and keras.backend.backend() == "tensorflow" else None

    def on_train_batch_end(self, batch, logs=None):
        row = {"step": len(rows) + 1, "loss": float(logs["loss"]), "error": float(logs["mae"])}
        if self.before is not None:
            kernel = self.before[0].astype("float64")
            row["norm"] = float(numpy.linalg.norm(kernel))
            row["moved"] = float(numpy.linalg.norm(model.get_weights()[0] - kernel) / numpy.linalg.norm(kernel))
        rows.append(row)

    def on_epoch_end(self, epoch, logs=None):
        rows[-1]["validation"] = float(logs["val_loss"])


x = numpy.random.default_rng(1).normal(size=(160, 8)).astype("float32")
y = x.sum(axis=1)
model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(32, activation="relu", name="hidden"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse", metrics=["mae"])
callbacks = [Truth()]
if os.environ.get("EXPLICIT") and os.environ.get("EVENKEEL_OUT"):
    import evenkeel

    callbacks.append(evenkeel.keras_callback())
model.fit(x, y, batch_size=16, epochs=4, verbose=0, shuffle=False, callbacks=callbacks, validation_data=(x, y))
weights = [value.tolist() for value in model.get_weights()]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"rows": rows, "digest": repr(weights)}, file)
