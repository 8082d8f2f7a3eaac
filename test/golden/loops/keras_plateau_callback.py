import tensorflow as tf
tf.keras.mixed_precision.set_global_policy("mixed_float16")
model.compile(tf.keras.optimizers.SGD(0.1, momentum=0.9, clipvalue=0.5), "mse")
model.fit(ds, epochs=5, callbacks=[tf.keras.callbacks.ReduceLROnPlateau(patience=2)])
