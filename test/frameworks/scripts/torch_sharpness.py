import torch

torch.manual_seed(5)


class SAM(torch.optim.Optimizer):
    """Climbs to the worst point nearby, and steps from where it was by the gradient found there."""

    def __init__(self, params, base_optimizer, rho=0.05, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base_optimizer = base_optimizer(self.param_groups, **kwargs)
        self.param_groups = self.base_optimizer.param_groups

    @torch.no_grad()
    def first_step(self, zero_grad=False):
        parameters = [p for group in self.param_groups for p in group["params"]]
        norm = torch.stack([p.grad.norm() for p in parameters]).norm()
        for p in parameters:
            self.state[p]["old_p"] = p.data.clone()
            p.add_(p.grad, alpha=float(self.param_groups[0]["rho"] / (norm + 1e-12)))
        if zero_grad:
            self.zero_grad()

    @torch.no_grad()
    def second_step(self, zero_grad=False):
        for group in self.param_groups:
            for p in group["params"]:
                p.data = self.state[p]["old_p"]
        self.base_optimizer.step()
        if zero_grad:
            self.zero_grad()


model = torch.nn.Linear(6, 1)
batches = [torch.randn(8, 6) * (30 if index == 20 else 1) for index in range(40)]
optimizer = SAM(model.parameters(), torch.optim.SGD, rho=0.05, lr=0.001, momentum=0.9)
for x in batches:
    (model(x) - 1).pow(2).mean().backward()
    optimizer.first_step(zero_grad=True)
    (model(x) - 1).pow(2).mean().backward()
    optimizer.second_step(zero_grad=True)
