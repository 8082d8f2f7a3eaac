import keras
schedule = keras.optimizers.schedules.CosineDecay(1e-3, 10000)
optimizer = keras.optimizers.AdamW(learning_rate=schedule, weight_decay=1e-4, global_clipnorm=1.0)
model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(train_ds, epochs=50, validation_data=val_ds, callbacks=[keras.callbacks.TensorBoard("logs")])
