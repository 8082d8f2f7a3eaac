import torch
from accelerate import Accelerator


def main():
    torch.manual_seed(0)
    accelerator = Accelerator(gradient_accumulation_steps=2, cpu=True)
    model = torch.nn.Linear(10, 1)
    optimizer = torch.optim.AdamW(params=model.parameters(), lr=1e-3)
    dataset = torch.utils.data.TensorDataset(torch.randn(160, 10), torch.randn(160, 1))
    loader = torch.utils.data.DataLoader(dataset, batch_size=4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

    for epoch in range(2):
        model.train()
        for inputs, targets in loader:
            with accelerator.accumulate(model):
                loss = torch.nn.functional.mse_loss(model(inputs), targets)
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()


if __name__ == "__main__":
    main()
