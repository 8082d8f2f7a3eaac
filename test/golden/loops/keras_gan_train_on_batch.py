from keras.optimizers import Adam
discriminator.compile(loss="binary_crossentropy", optimizer=Adam(2e-4, 0.5), metrics=["accuracy"])
combined.compile(loss="binary_crossentropy", optimizer=Adam(2e-4, 0.5))
for epoch in range(30000):
    d_loss = discriminator.train_on_batch(imgs, valid)
    g_loss = combined.train_on_batch(noise, valid)
