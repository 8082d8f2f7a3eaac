import argparse

from tensorflow.keras.callbacks import ModelCheckpoint, TensorBoard
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import Adam

parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=1e-3)
parser.add_argument('--epochs', type=int, default=30)
args = parser.parse_args()


def build(shape):
    model = Model(inputs, outputs)
    model.compile(optimizer=Adam(lr=args.lr, decay=0), loss='mse')
    return model


model = build((32, 32, 3))
callbacks = [
    ModelCheckpoint('best.h5', save_best_only=True),
    TensorBoard('logs'),
]
model.fit(train_gen, epochs=args.epochs, steps_per_epoch=100, validation_data=val_gen, callbacks=callbacks)
