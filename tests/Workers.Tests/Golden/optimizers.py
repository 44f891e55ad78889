"""Makes optimizers.safetensors: a parameter after each of four steps of PyTorch's SGD and Adam. Run: python3 optimizers.py"""
import torch

from stable import save, uniform

tensors = {}
for name, make in [
    ("sgd", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.001)),
    ("sgd-plain", lambda p: torch.optim.SGD(p, lr=0.1)),
    ("adam", lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.001)),
]:
    parameter = uniform(1, "parameter", (3, 4), 1).requires_grad_()
    optimizer = make([parameter])
    for step in range(1, 5):
        # The loss is the sum of x * g, so that the gradient is g.
        optimizer.zero_grad()
        (parameter * uniform(step, "gradient", (3, 4), 2)).sum().backward()
        optimizer.step()
        tensors[f"{name}.{step}"] = parameter.detach().clone()
save("optimizers.safetensors", tensors)
