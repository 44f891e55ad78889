"""Makes tinyml-lstm, tinyml-lstm-faithful, edge-rnn and edge-rnn-g.safetensors: what stable.one_step makes of the recurrent models, by PyTorch.

Run with a Python that has torch and numpy: python3 recurrent.py
"""
import torch
from torch.nn import functional as F

from stable import one_step, orthogonal, uniform

SEED, CLASSES = 7, 12


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


def edge_rnn(m, x, groups=(1, 1)):
    x = x[:, 0]
    for layer in range(12):
        x = torch.cat([x, dense(m, f"dense{layer}", x, *groups)], 1)
    x = F.max_pool1d(x, 2).transpose(1, 2)
    units = x.shape[2]
    w, r, b = (
        m.own(f"rnn.{n}", lambda shape=shape, n=n: uniform(SEED, f"weights:rnn.{n}", shape, units**-0.5))
        for n, shape in [("weight", (units, units)), ("recurrent", (units, units)), ("bias", (2 * units,))]
    )
    h = torch.zeros(x.shape[0], units)
    states = []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ w.T + h @ r.T + b[:units] + b[units:])
        states.append(h)
    h = torch.stack(states, 1)
    gate = torch.sigmoid(h)
    return m.linear("classifier", torch.tanh((h * gate).sum(1) / gate.sum(1)), CLASSES)


def dense(m, name, x, first, second):
    y = m.conv(name + ".conv1", x[:, :, None], 64, (1, 3), padding=(0, 1), groups=first, bias=True)
    slope = m.own(name + ".prelu.slope", lambda: torch.tensor([0.05]))
    y = m.norm(name + ".norm1", F.prelu(y, slope))
    if first > 1:
        y = y[:, torch.arange(y.shape[1]).reshape(first, -1).T.reshape(-1)]
    return m.norm(name + ".norm2", m.conv(name + ".conv2", y, 16, (1, 3), padding=(0, 1), groups=second, bias=True))[:, :, 0]


def edge_rnn_g(m, x):
    return edge_rnn(m, x, (4, 8))


torch.set_num_threads(1)
one_step("tinyml-lstm.safetensors", tinyml_lstm, 40, 26, keras=True)
one_step("tinyml-lstm-faithful.safetensors", lambda m, x: tinyml_lstm(m, x.trunc()), 40, 26, keras=True)
one_step("edge-rnn.safetensors", edge_rnn, 40, 26)
one_step("edge-rnn-g.safetensors", edge_rnn_g, 40, 26)
