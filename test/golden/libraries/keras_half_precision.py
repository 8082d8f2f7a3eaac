from tensorflow import keras
from tensorflow.keras import mixed_precision

mixed_precision.set_global_policy('mixed_float16')
model.compile('rmsprop', 'mse')
model.fit(ds, epochs=10, callbacks=[keras.callbacks.ReduceLROnPlateau(patience=3)])
