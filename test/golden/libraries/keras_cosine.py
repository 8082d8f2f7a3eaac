import keras

EPOCHS = 40
STEPS = 250

lr_schedule = keras.optimizers.schedules.CosineDecay(0.001, decay_steps=EPOCHS * STEPS)
optimizer = keras.optimizers.AdamW(learning_rate=lr_schedule, weight_decay=0.0001)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
model.fit(train_ds, epochs=EPOCHS, steps_per_epoch=STEPS, validation_data=val_ds)
