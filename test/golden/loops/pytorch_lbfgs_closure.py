import torch
import torch.nn as nn
import torch.nn.functional as F

optimizer = torch.optim.LBFGS([input_img])
run = [0]
while run[0] <= 300:
    def closure():
        optimizer.zero_grad()
        loss = style_loss(input_img) + content_loss(input_img)
        loss.backward()
        run[0] += 1
        return loss
    optimizer.step(closure)
