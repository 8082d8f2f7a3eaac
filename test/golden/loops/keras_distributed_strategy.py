import tensorflow as tf
strategy = tf.distribute.MirroredStrategy()
with strategy.scope():
    optimizer = tf.keras.optimizers.RMSprop(1e-3)

def train_step(inputs):
    with tf.GradientTape() as tape:
        loss = compute_loss(inputs)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

for batch in dist_dataset:
    strategy.run(train_step, args=(batch,))
