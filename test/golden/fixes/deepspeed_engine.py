import deepspeed


def main(args, model, dataset):
    model_engine, optimizer, trainloader, __ = deepspeed.initialize(args=args, model=model, training_data=dataset)
    for epoch in range(2):
        for i, data in enumerate(trainloader):
            loss = model_engine(data)
            model_engine.backward(loss)
            model_engine.step()
