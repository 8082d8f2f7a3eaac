import keras
import numpy as np

keras.utils.set_random_seed(0)

noise = np.random.default_rng(1)
features, targets = noise.normal(size=(64, 8)), noise.normal(size=(64, 1))
held_out = (noise.normal(size=(64, 8)), noise.normal(size=(64, 1)))

model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
history = model.fit(features, targets, epochs=40, batch_size=16, validation_data=held_out, verbose=0)

SEEN = {"epochs": len(history.history["loss"]), "validation": history.history["val_loss"]}
