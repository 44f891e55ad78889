"""Makes tinyml-lstm.safetensors: what models.py makes of the convolutional models, of the recurrent ones; of large tensors, a sample.

Run with a Python that has torch and numpy: python3 recurrent.py
"""
import torch
from torch.nn import functional as F

from stable import Model, orthogonal, sample, save, uniform

SEED, CLASSES, BATCH = 7, 12, 5


def lstm(m, name, x, units):
    """[batch, steps, inputs] to [batch, steps, units], written out gate by gate; gates are input, output, forget, cell."""
    inputs = x.shape[2]
    w = m.weight(name + ".weight", (4 * units, inputs), inputs, 4 * units)
    r = m.own(name + ".recurrent", lambda: orthogonal(SEED, f"weights:{name}.recurrent", 4 * units, units))
    b = m.own(name + ".bias", lambda: torch.cat([torch.zeros(2 * units), torch.ones(units), torch.zeros(units)]))
    h = c = torch.zeros(x.shape[0], units)
    states = []
    for t in range(x.shape[1]):
        i, o, f, g = (x[:, t] @ w.T + h @ r.T + b).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return torch.stack(states, 1)


def tinyml_lstm(m, x):
    x = lstm(m, "lstm1", x[:, 0].transpose(1, 2), 128)
    x = lstm(m, "lstm2", x, 64)[:, -1]
    x = F.relu(m.linear("dense", x, 64))
    return m.linear("classifier", m.dropout(x, 0.3, channelwise=False), CLASSES)


torch.set_num_threads(1)
for name, forward, keras, bands, frames in [("tinyml-lstm", tinyml_lstm, True, 40, 26)]:
    model = Model(SEED, training=True, keras=keras)
    features = uniform(SEED, "features", (BATCH, 1, bands, frames), 3)
    labels = torch.arange(BATCH) * 5 % CLASSES
    logits = forward(model, features)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    tensors = {"logits": logits, "loss": loss.reshape(1)}
    tensors.update({"grad." + n: p.grad for n, p in model.parameters.items()})
    tensors.update(model.statistics)
    model.training = False
    tensors["evaluated"] = forward(model, features)
    save(f"{name}.safetensors", {n: sample(t) for n, t in tensors.items()})
