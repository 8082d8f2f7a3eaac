import torch


def run(total=40):
    torch.manual_seed(0)
    model = torch.nn.Linear(6, 6)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    if total > 10:
        sched = torch.optim.lr_scheduler.LambdaLR(opt, lr_lambda=lambda s: 0.98 ** s)
    else:
        sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.9)
    for _ in range(total):
        loss = model(torch.randn(4, 6)).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()


run()
