"""Models as PyTorch computes them, written once: the golden generators run them with `stable.Model`, and the rival of `bench training` with layers of PyTorch's own.

Each takes `m`, which owns parameters, statistics and masks, and features [batch, 1, bands, frames].
"""
import torch
from torch.nn import functional as F


def bc_resnet(m, x, width=8, variant="paper", classes=12):
    x = F.relu(m.norm("head.norm", m.conv("head.conv", x, 2 * width, (5, 5), (2, 1), (2, 2))))
    for stage, (factor, blocks, stride) in enumerate([(1, 2, 1), (1.5, 2, 2), (2, 4, 2), (2.5, 4, 1)]):
        for block in range(blocks):
            x = bc_block(m, f"stage{stage}.{block}", x, int(factor * width), stride if block == 0 else 1, 2**stage, variant)
    x = m.conv("tail.depthwise", x, x.shape[1], (5, 5), padding=(0, 2), groups=x.shape[1])
    x = F.relu(m.norm("tail.norm", m.conv("tail.pointwise", x, 4 * width, (1, 1))))
    return m.conv("classifier", x.mean((2, 3), keepdim=True), classes, (1, 1), bias=True).flatten(1)


def bc_block(m, name, x, c, stride, dilation, variant):
    wide = x
    if x.shape[1] != c:
        wide = F.relu(m.norm(f"{name}.expand.norm", m.conv(f"{name}.expand", wide, c, (1, 1))))
    wide = m.conv(f"{name}.frequency", wide, c, (3, 1), (stride, 1), (1, 0), groups=c)
    n, _, f, t = wide.shape
    bands = 1 if variant == "no-ssn" else 5
    wide = m.norm(f"{name}.frequency.norm", wide.view(n, c * bands, f // bands, t)).view(n, c, f, t)
    narrow = wide.amax(2, keepdim=True) if variant == "max-pool" else wide.mean(2, keepdim=True)
    narrow = m.conv(f"{name}.time", narrow, c, (1, 3), padding=(0, dilation), dilation=(1, dilation), groups=c)
    narrow = m.conv(f"{name}.mix", F.silu(m.norm(f"{name}.time.norm", narrow)), c, (1, 1))
    narrow = m.dropout(narrow, 0.1, channelwise=True)
    both = wide * torch.sigmoid(narrow) if variant == "attention" else wide + narrow
    if x.shape[1] != c or variant == "no-identity":
        return F.relu(both)
    return F.relu(x + narrow if variant == "no-auxiliary" else both + x)


def plain_resnet(m, x, width=8, flat=False, bands=1, classes=12):
    x = m.conv("head.conv", x.transpose(1, 2), 2 * width, (1, 5), padding=(0, 2)) if flat else m.conv("head.conv", x, 2 * width, (5, 5), (2, 1), (2, 2))
    x = F.relu(m.norm("head.norm", x))
    for stage, (factor, blocks, stride) in enumerate([(1, 2, 1), (1.5, 2, 2), (2, 4, 2), (2.5, 4, 1)]):
        for block in range(blocks):
            name, c, first = f"stage{stage}.{block}", int(factor * width), block == 0
            y = F.relu(m.norm(f"{name}.expand.norm", m.conv(f"{name}.expand", x, c, (1, 1)))) if x.shape[1] != c else x
            rows = (1, 1, 0) if flat else (3, stride if first else 1, 1)
            y = m.conv(f"{name}.depthwise", y, c, (rows[0], 3), (rows[1], 1), (rows[2], 2**stage), (1, 2**stage), groups=c)
            n, _, f, t = y.shape
            y = F.silu(m.norm(f"{name}.norm", y.reshape(n, c * bands, f // bands, t)).view(n, c, f, t))
            y = m.dropout(m.conv(f"{name}.mix", y, c, (1, 1)), 0.1, channelwise=True)
            x = F.relu(y if x.shape[1] != c else y + x)
    x = m.conv("tail.depthwise", x, x.shape[1], (1 if flat else 5, 5), padding=(0, 2), groups=x.shape[1])
    x = F.relu(m.norm("tail.norm", m.conv("tail.pointwise", x, 4 * width, (1, 1))))
    return m.conv("classifier", x.mean((2, 3), keepdim=True), classes, (1, 1), bias=True).flatten(1)


def ds_cnn(m, x, channels=64, classes=12):
    x = x.transpose(2, 3)
    height, width = x.shape[2:]
    down, right = ((height + 1) // 2 - 1) * 2 + 10 - height, ((width + 1) // 2 - 1) * 2 + 4 - width
    x = F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
    x = F.relu(m.norm("stem.norm", m.conv("stem.conv", x, channels, (10, 4), (2, 2), bias=True)))
    x = m.dropout(x, 0.2, channelwise=False)
    for b in range(4):
        x = m.conv(f"block{b}.depthwise", x, channels, (3, 3), padding=(1, 1), groups=channels, bias=True)
        x = F.relu(m.norm(f"block{b}.depthwise.norm", x))
        x = F.relu(m.norm(f"block{b}.pointwise.norm", m.conv(f"block{b}.pointwise", x, channels, (1, 1), bias=True)))
    return m.linear("classifier", m.dropout(x, 0.4, channelwise=False).mean((2, 3)), classes)


def svdf(m, x, units=(16, 32, 32, 32, 64, 128), projections=(40, 40, 64, 64, 64), classes=12):
    x = x.transpose(1, 2)
    for i, memory in enumerate([4, 10, 10, 10, 10, 10]):
        x = m.conv(f"layer{i}.frequency", x, units[i], (1, 1))
        x = F.relu(m.conv(f"layer{i}.time", x, units[i], (1, memory), groups=units[i], bias=True))
        x = m.conv(f"layer{i}.projection", x, projections[i], (1, 1), bias=True) if i < len(projections) else x
    return m.linear("classifier", x.flatten(1), classes)


def gru(m, x, units=400, classes=12):
    x = m.dropout(m.gru("gru", x[:, 0].transpose(1, 2), units)[:, -1], 0.1, channelwise=False)
    return m.linear("classifier", F.relu(m.linear("dense2", m.linear("dense1", x, 128), 256)), classes)


def tinyml_lstm(m, x, classes=12):
    x = m.lstm("lstm1", x[:, 0].transpose(1, 2), 128)
    x = m.lstm("lstm2", x, 64)[:, -1]
    x = F.relu(m.linear("dense", x, 64))
    return m.linear("classifier", m.dropout(x, 0.3, channelwise=False), classes)


def edge_rnn(m, x, groups=(1, 1), classes=12):
    x = x[:, 0]
    for layer in range(12):
        x = torch.cat([x, edge_rnn_layer(m, f"dense{layer}", x, *groups)], 1)
    h = m.rnn("rnn", F.max_pool1d(x, 2).transpose(1, 2), x.shape[1])
    gate = torch.sigmoid(h)
    return m.linear("classifier", torch.tanh((h * gate).sum(1) / gate.sum(1)), classes)


def edge_rnn_layer(m, name, x, first, second):
    y = m.conv(name + ".conv1", x[:, :, None], 64, (1, 3), padding=(0, 1), groups=first, bias=True)
    slope = m.own(name + ".prelu.slope", lambda: torch.tensor([0.05]))
    y = m.norm(name + ".norm1", F.prelu(y, slope))
    if first > 1:
        y = y[:, torch.arange(y.shape[1]).reshape(first, -1).T.reshape(-1)]
    return m.norm(name + ".norm2", m.conv(name + ".conv2", y, 16, (1, 3), padding=(0, 1), groups=second, bias=True))[:, :, 0]
