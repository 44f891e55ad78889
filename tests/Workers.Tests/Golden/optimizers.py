"""Makes optimizers.safetensors: a parameter after each of four steps of PyTorch's optimisers, and of NovoGrad as its paper has it. Run: python3 optimizers.py"""
import torch

from stable import save, uniform


class NovoGrad:
    """Ginsburg et al. 2019, algorithm 1, for one tensor; the first moment adds gradients as they are."""

    def __init__(self, parameters, lr, betas, eps, weight_decay):
        (self.parameter,) = parameters
        self.lr, self.betas, self.eps, self.decay = lr, betas, eps, weight_decay
        self.mean, self.square = torch.zeros_like(self.parameter), None

    def zero_grad(self):
        self.parameter.grad = None

    def step(self):
        with torch.no_grad():
            g, w = self.parameter.grad, self.parameter
            norm = (g * g).sum()
            self.square = norm if self.square is None else self.betas[1] * self.square + (1 - self.betas[1]) * norm
            self.mean = self.betas[0] * self.mean + (g / (self.square.sqrt() + self.eps) + self.decay * w)
            w -= self.lr * self.mean


tensors = {}
for name, make, clip in [
    ("sgd", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.001), None),
    ("sgd-plain", lambda p: torch.optim.SGD(p, lr=0.1), None),
    ("sgd-norm", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), lambda p: torch.nn.utils.clip_grad_norm_(p, 0.5)),
    ("sgd-value", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), lambda p: torch.nn.utils.clip_grad_value_(p, 0.1)),
    ("adam", lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.001), None),
    ("adam-betas", lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.975, 0.932), eps=1e-4), None),
    ("adam-w", lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1), None),
    ("novo-grad", lambda p: NovoGrad(p, lr=0.05, betas=(0.95, 0.5), eps=1e-8, weight_decay=0.001), None),
]:
    parameter = uniform(1, "parameter", (3, 4), 1).requires_grad_()
    optimizer = make([parameter])
    for step in range(1, 5):
        # The loss is the sum of x * g, so that the gradient is g.
        optimizer.zero_grad()
        (parameter * uniform(step, "gradient", (3, 4), 2)).sum().backward()
        if clip is not None:
            clip([parameter])
        optimizer.step()
        tensors[f"{name}.{step}"] = parameter.detach().clone()
save("optimizers.safetensors", tensors)
