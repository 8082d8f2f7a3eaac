import itertools
import torch
from torch.optim import Adam


class SAC(object):
    def __init__(self, lr=3e-4):
        self.critic = torch.nn.Linear(6, 1)
        self.critic_optim = Adam(self.critic.parameters(), lr=lr)
        self.policy = torch.nn.Linear(6, 2)
        self.policy_optim = Adam(self.policy.parameters(), lr=lr)
        self.log_alpha = torch.zeros(1, requires_grad=True)
        self.alpha_optim = Adam([self.log_alpha], lr=lr)

    def update_parameters(self, state):
        qf_loss = self.critic(state).pow(2).mean()

        self.critic_optim.zero_grad()
        qf_loss.backward()
        self.critic_optim.step()

        policy_loss = self.policy(state).pow(2).mean()

        self.policy_optim.zero_grad()
        policy_loss.backward()
        self.policy_optim.step()

        alpha_loss = -(self.log_alpha * (policy_loss.detach() + 3.0)).mean()

        self.alpha_optim.zero_grad()
        alpha_loss.backward()
        self.alpha_optim.step()
        return qf_loss.item()


torch.manual_seed(0)
agent = SAC()
updates = 0
for i_episode in itertools.count(1):
    agent.update_parameters(torch.randn(5, 6))
    updates += 1
    if updates > 40:
        break
