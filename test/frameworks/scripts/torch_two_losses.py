import torch

torch.manual_seed(0)

features = torch.randn(64, 6)
first, second = features @ torch.randn(6, 1), features @ torch.randn(6, 1)

body = torch.nn.Linear(6, 4)
heads = torch.nn.ModuleList([torch.nn.Linear(4, 1), torch.nn.Linear(4, 1)])
parameters = [*body.parameters(), *heads.parameters()]
optimizer = torch.optim.SGD(parameters, lr=0.02)


def flat(gradients):
    return torch.cat(
        [torch.zeros_like(p).flatten() if g is None else g.flatten() for g, p in zip(gradients, parameters)]
    ).tolist()


alone, handed = [], []
optimizer.register_step_pre_hook(lambda opt, args, kwargs: handed.append(flat([p.grad for p in parameters])))

for step in range(40):
    hidden = torch.tanh(body(features))
    first_loss = torch.nn.functional.mse_loss(heads[0](hidden), first)
    second_loss = torch.nn.functional.mse_loss(heads[1](hidden), -first + 0.3 * second)
    alone.append(
        [
            flat(torch.autograd.grad(one, parameters, retain_graph=True, allow_unused=True))
            for one in (first_loss, 0.5 * second_loss)
        ]
    )
    optimizer.zero_grad()
    loss = first_loss + 0.5 * second_loss
    loss.backward()
    optimizer.step()

SEEN = {"alone": alone, "handed": handed}
