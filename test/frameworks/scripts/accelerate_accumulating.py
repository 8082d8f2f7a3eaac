import torch
from accelerate import Accelerator


def main():
    torch.manual_seed(3)
    accelerator = Accelerator(gradient_accumulation_steps=2, cpu=True)
    model = torch.nn.Sequential(torch.nn.Linear(10, 12), torch.nn.Tanh(), torch.nn.Linear(12, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    inputs = torch.randn(320, 10)
    inputs[160:176] *= 30  # a bad batch
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, torch.ones(320, 1)), batch_size=4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

    model.train()
    for batch, targets in loader:
        with accelerator.accumulate(model):
            loss = torch.nn.functional.mse_loss(model(batch), targets)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()


if __name__ == "__main__":
    main()
