"""Makes losses.safetensors: each loss of a batch and its gradient by the logits, by PyTorch. Run: python3 losses.py"""
import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax, mse_loss, one_hot, softmax

from stable import save, uniform

CLASSES = 4
labels = torch.tensor([0, 3, 1, 1, 2, 3])
partner = torch.tensor([2, 0, 5, 1, 3, 4])
counts = torch.tensor([2.0, 4.0, 8.0, 2.0])
weights = counts.sum() / (CLASSES * counts)
hard = one_hot(labels, CLASSES).float()
smooth = 0.9 * hard + 0.1 / CLASSES
mixed = 0.75 * hard + 0.25 * hard[partner]


def margin(p, t, w=None):
    """Sabour et al. 2017, equation 4."""
    rows = (t * torch.relu(0.9 - p) ** 2 + 0.5 * (1 - t) * torch.relu(p - 0.1) ** 2).sum(1)
    return rows.mean() if w is None else (rows * w).sum() / w.sum()


def distilled(x, weight, temperature):
    """Hinton et al. 2015."""
    teacher = uniform(2, "teacher", (6, CLASSES), 5)
    soft = kl_div(log_softmax(x / temperature, 1), softmax(teacher / temperature, 1), reduction="batchmean")
    return (1 - weight) * cross_entropy(x, labels, label_smoothing=0.1) + weight * temperature**2 * soft


tensors = {}
for name, loss in [
    ("plain", lambda x: cross_entropy(x, labels)),
    ("smooth", lambda x: cross_entropy(x, labels, label_smoothing=0.1)),
    ("balanced", lambda x: cross_entropy(x, labels, weight=weights)),
    ("mixed", lambda x: cross_entropy(x, mixed)),
    ("mse", lambda x: cross_entropy(x, hard) + 0.5 * mse_loss(softmax(x, 1), hard)),
    ("margin", lambda x: margin(softmax(x, 1), smooth) + 0.392 * mse_loss(softmax(x, 1), smooth)),
    ("distilled", lambda x: distilled(x, 0.7, 4.0)),
    ("distilled-alone", lambda x: distilled(x, 1.0, 0.5)),
    ("margin-balanced", lambda x: margin(softmax(x, 1), hard, (hard * weights).sum(1))),
]:
    logits = uniform(1, "logits", (6, CLASSES), 3).requires_grad_()
    value = loss(logits)
    value.backward()
    tensors[f"{name}.loss"] = value.detach().reshape(1)
    tensors[f"{name}.gradient"] = logits.grad
save("losses.safetensors", tensors)
