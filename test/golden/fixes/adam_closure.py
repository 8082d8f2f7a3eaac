import torch

torch.manual_seed(0)
image = torch.rand(1, 3, 4, 4)
image.requires_grad_(True)
optimizer = torch.optim.Adam([image], lr=0.02)

run = [0]
while run[0] <= 40:

    def closure():
        with torch.no_grad():
            image.clamp_(0, 1)

        optimizer.zero_grad()
        loss = image.pow(2).sum()
        loss.backward()

        run[0] += 1
        return loss.item()

    optimizer.step(closure)
