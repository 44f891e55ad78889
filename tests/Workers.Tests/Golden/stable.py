"""What the golden generators share: the project's random source, first weights and dropout masks, and safetensors, written anew in Python."""
import json
import math
import struct

import numpy as np
import torch

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def derive(seed, purpose, a=0, b=0, c=0):
    h = mix((seed + GOLDEN) & MASK)
    for ch in purpose:
        h = (mix(h ^ ord(ch)) + GOLDEN) & MASK
    h = (mix(h ^ a) + GOLDEN) & MASK
    h = (mix(h ^ b) + GOLDEN) & MASK
    return mix(h ^ c)


def draws(seed, count):
    """The first numbers in [0, 1) of a seed, as float64."""
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def uniform(seed, purpose, shape, bound):
    values = draws(derive(seed, purpose), math.prod(shape))
    return torch.tensor((values * (2 * bound) - bound).astype(np.float32)).reshape(shape)


def orthogonal(seed, purpose, rows, columns):
    """Normal draws (Box and Muller, the cosine half) whose columns are made orthonormal one after another."""
    u = draws(derive(seed, purpose), 2 * rows * columns).reshape(-1, 2)
    q = (np.sqrt(-2 * np.log(1 - u[:, 0])) * np.cos(2 * math.pi * u[:, 1])).reshape(rows, columns)
    for c in range(columns):
        q[:, c] /= np.linalg.norm(q[:, c])
        q[:, c + 1:] -= np.outer(q[:, c], q[:, c] @ q[:, c + 1:])
    return torch.tensor(q.astype(np.float32))


class Model:
    """Parameters made on first use, under the names and with the first values that the project's graphs give them."""

    def __init__(self, seed, training, keras=False):
        self.seed, self.training, self.keras = seed, training, keras
        self.parameters, self.statistics, self.place, self.step = {}, {}, 0, 0

    def own(self, name, make):
        if name not in self.parameters:
            self.parameters[name] = make().requires_grad_()
        return self.parameters[name]

    def weight(self, name, shape, fan_in, fan_out):
        bound = math.sqrt(6 / (fan_in + fan_out)) if self.keras else 1 / math.sqrt(fan_in)
        return self.own(name, lambda: uniform(self.seed, "weights:" + name, shape, bound))

    def bias(self, name, size, fan_in):
        return self.own(name, lambda: torch.zeros(size) if self.keras else uniform(self.seed, "weights:" + name, (size,), 1 / math.sqrt(fan_in)))

    def conv(self, name, x, channels, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, bias=False):
        fan_in = x.shape[1] // groups * kernel[0] * kernel[1]
        w = self.weight(name + ".weight", (channels, x.shape[1] // groups, *kernel), fan_in, channels // groups * kernel[0] * kernel[1])
        b = self.bias(name + ".bias", channels, fan_in) if bias else None
        return torch.nn.functional.conv2d(x, w, b, stride, padding, dilation, groups)

    def linear(self, name, x, outputs):
        w = self.weight(name + ".weight", (outputs, x.shape[1]), x.shape[1], outputs)
        return torch.nn.functional.linear(x, w, self.bias(name + ".bias", outputs, x.shape[1]))

    def norm(self, name, x, affine=True, momentum=0.1, eps=1e-5):
        c = x.shape[1]
        own = self.parameters if affine else self.statistics
        if name + ".weight" not in own:
            own[name + ".weight"] = torch.ones(c).requires_grad_(affine)
            own[name + ".bias"] = torch.zeros(c).requires_grad_(affine)
            self.statistics[name + ".running_mean"] = torch.zeros(c)
            self.statistics[name + ".running_var"] = torch.ones(c)
        return torch.nn.functional.batch_norm(
            x, self.statistics[name + ".running_mean"], self.statistics[name + ".running_var"],
            own[name + ".weight"], own[name + ".bias"], self.training, momentum, eps)

    def lstm(self, name, x, units):
        """[batch, steps, inputs] to [batch, steps, units], written out gate by gate; gates are input, output, forget, cell."""
        inputs = x.shape[2]
        w = self.weight(name + ".weight", (4 * units, inputs), inputs, 4 * units)
        r = self.own(name + ".recurrent", lambda: orthogonal(self.seed, f"weights:{name}.recurrent", 4 * units, units))
        b = self.own(name + ".bias", lambda: torch.cat([torch.zeros(2 * units), torch.ones(units), torch.zeros(units)]))
        h = c = torch.zeros(x.shape[0], units)
        states = []
        for t in range(x.shape[1]):
            i, o, f, g = (x[:, t] @ w.T + h @ r.T + b).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1)

    def gru(self, name, x, units):
        """[batch, steps, inputs] to [batch, steps, units]; gates are update, reset, hidden; two biases, the reset gate after the recurrent product."""
        inputs = x.shape[2]
        w = self.weight(name + ".weight", (3 * units, inputs), inputs, 3 * units)
        r = self.own(name + ".recurrent", lambda: orthogonal(self.seed, f"weights:{name}.recurrent", 3 * units, units))
        b, c = self.own(name + ".bias", lambda: torch.zeros(6 * units)).chunk(2)
        h = torch.zeros(x.shape[0], units)
        states = []
        for t in range(x.shape[1]):
            (z, s, g), (hz, hs, hg) = (x[:, t] @ w.T + b).chunk(3, 1), (h @ r.T + c).chunk(3, 1)
            z = torch.sigmoid(z + hz)
            h = z * h + (1 - z) * torch.tanh(g + torch.sigmoid(s + hs) * hg)
            states.append(h)
        return torch.stack(states, 1)

    def rnn(self, name, x, units):
        """[batch, steps, inputs] to [batch, steps, units], tanh; two biases."""
        w, r, b = (
            self.own(f"{name}.{part}", lambda shape=shape, part=part: uniform(self.seed, f"weights:{name}.{part}", shape, units**-0.5))
            for part, shape in [("weight", (units, x.shape[2])), ("recurrent", (units, units)), ("bias", (2 * units,))]
        )
        h = torch.zeros(x.shape[0], units)
        states = []
        for t in range(x.shape[1]):
            h = torch.tanh(x[:, t] @ w.T + h @ r.T + b[:units] + b[units:])
            states.append(h)
        return torch.stack(states, 1)

    def dropout(self, x, probability, channelwise):
        if not self.training:
            return x
        shape = (*x.shape[:2], 1, 1) if channelwise else tuple(x.shape)
        u = draws(derive(self.seed, "dropout", self.step, self.place), math.prod(shape))
        self.place += 1
        return x * torch.tensor(np.where(u < probability, 0, 1 / (1 - probability)).astype(np.float32)).reshape(shape)


SAMPLES = 512


def sample(tensor):
    """A tensor as it is where it is small; else 512 elements, 7919 (a prime) apart and counted around, and the root of the sum of squares."""
    flat = tensor.detach().reshape(-1)
    if flat.numel() <= SAMPLES + 1:
        return tensor
    places = torch.arange(SAMPLES) * 7919 % flat.numel()
    return torch.cat([flat[places], flat.double().norm().float().reshape(1)])


def one_step(path, forward, bands, frames, keras=False, pick=sample, seed=7, classes=12, batch=5):
    """Saves logits, loss, gradients and statistics of one training step, and logits after it without training."""
    model = Model(seed, training=True, keras=keras)
    features = uniform(seed, "features", (batch, 1, bands, frames), 3)
    logits = forward(model, features)
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(batch) * 5 % classes)
    loss.backward()
    tensors = {"logits": logits, "loss": loss.reshape(1)}
    tensors.update({"grad." + n: p.grad for n, p in model.parameters.items()})
    tensors.update(model.statistics)
    model.training = False
    tensors["evaluated"] = forward(model, features)
    save(path, {n: pick(t) for n, t in tensors.items()})


def save(path, tensors):
    header, body = {}, b""
    for name, tensor in tensors.items():
        data = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)
