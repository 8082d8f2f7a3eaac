import keras
import tensorflow_addons as tfa

model.compile(optimizer=tfa.optimizers.LazyAdam(0.001), loss="mse")
model.fit(x, y, epochs=3)
