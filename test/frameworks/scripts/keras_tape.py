import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(0)

features = np.random.default_rng(0).normal(size=(160, 6)).astype("float32")
targets = (features @ np.arange(1.0, 7.0, dtype="float32"))[:, None] * 4
STEPS = 40

model = tf.keras.Sequential([tf.keras.Input((6,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(learning_rate=0.5)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


def flat():
    return np.concatenate([np.ravel(w) for w in model.get_weights()]).astype(float).tolist()


rates, weights = [], [flat()]
for step in range(STEPS):
    rows = slice(16 * (step % 10), 16 * (step % 10) + 16)
    rates.append(float(optimizer.learning_rate))
    train_step(features[rows], targets[rows])
    weights.append(flat())

SEEN = {"rates": rates, "weights": weights, "end": flat()}
