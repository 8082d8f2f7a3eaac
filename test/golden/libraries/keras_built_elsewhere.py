import tensorflow as tf
from tensorflow import keras


def get_optimizer(lr=0.05):
	return keras.optimizers.SGD(lr, momentum=0.9)


def run(train_dataset, val_dataset, epochs=20):
	model = make_model()
	model.compile(
		optimizer=get_optimizer(),
		loss=keras.losses.BinaryCrossentropy(),
	)
	model.fit(
		train_dataset,
		epochs=epochs,
		validation_data=val_dataset,
		callbacks=[
			keras.callbacks.CSVLogger("log.csv"),
		],
	)
