"""Makes the golden files of convolutional models that learn more than bc-resnet and ds-cnn: as models.py, of large tensors a sample.

Run with a Python that has torch and numpy: python3 zoo.py
"""
import torch
from torch.nn import functional as F

from stable import one_step

CLASSES = 12


def same(x, kernel, stride):
    """TensorFlow's SAME over time, the last axis: an odd zero goes to the end."""
    length = x.shape[3]
    total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
    return F.pad(x, (total // 2, total - total // 2))


def tc_resnet(blocks, width, **norm):
    def conv(m, name, x, channels, kernel, stride=1):
        return m.norm(f"{name}.norm", m.conv(name, same(x, kernel, stride), channels, (1, kernel), (1, stride)), **norm)

    def forward(m, x):
        x = F.relu(conv(m, "stem", x.transpose(1, 2), int(16 * width), 3))
        for stage, channels in enumerate([24, 32, 48]):
            for block in range(blocks):
                name, c, stride = f"stage{stage}.{block}", int(channels * width), 2 if block == 0 else 1
                short = F.relu(conv(m, f"{name}.down", x, c, 1, stride)) if block == 0 else x
                y = F.relu(conv(m, f"{name}.first", x, c, 9, stride))
                x = F.relu(conv(m, f"{name}.second", y, c, 9) + short)
        return m.conv("classifier", m.dropout(x.mean((2, 3), keepdim=True), 0.5, channelwise=False), CLASSES, (1, 1)).flatten(1)

    return forward


def kaggle_simple_conv(m, x):
    x = F.max_pool2d(F.relu(m.conv("first", x.transpose(2, 3), 64, (20, 8), bias=True)), (1, 3))
    return m.linear("classifier", F.relu(m.conv("second", x, 64, (10, 4), bias=True)).flatten(1), CLASSES)


def kaggle_deeper_conv(intended):
    def conv(m, name, x, channels):
        return F.relu(m.conv(name, x, channels, (3, 3), bias=True))

    def forward(m, x):
        x = x.transpose(2, 3)
        x = conv(m, "first", x, 128) if intended else x
        x = F.max_pool2d(conv(m, "second", x, 128), 3)
        x = F.max_pool2d(conv(m, "fourth", conv(m, "third", x, 256), 256), 3)
        return m.linear("classifier", x.flatten(1), CLASSES)

    return forward


def matchbox_net(blocks, repeat, width, dropout):
    def separable(m, name, x, channels, kernel, dilation=1):
        pad = (0, dilation * (kernel // 2))
        x = m.conv(f"{name}.depthwise", x, x.shape[1], (1, kernel), padding=pad, dilation=(1, dilation), groups=x.shape[1])
        return m.norm(f"{name}.norm", m.conv(f"{name}.pointwise", x, channels, (1, 1)))

    def active(m, x):
        return m.dropout(F.relu(x), dropout, channelwise=False)

    def forward(m, x):
        x = active(m, separable(m, "prologue", x.transpose(1, 2), 128, 11))
        for b in range(blocks):
            y = x
            for r in range(repeat):
                y = separable(m, f"block{b}.{r}", y if r == 0 else active(m, y), width, 13 + 2 * b)
            x = active(m, y + m.norm(f"block{b}.residual.norm", m.conv(f"block{b}.residual", x, width, (1, 1))))
        x = active(m, separable(m, "epilogue.wide", x, 128, 29, 2))
        x = active(m, m.norm("epilogue.norm", m.conv("epilogue", x, 128, (1, 1))))
        return m.conv("classifier", x.mean((2, 3), keepdim=True), CLASSES, (1, 1), bias=True).flatten(1)

    return forward


def res(layers, maps, pool, dilated):
    def forward(m, x):
        x = F.relu(m.conv("stem", x.transpose(2, 3), maps, (3, 3), padding=(1, 1)))
        x = past = F.avg_pool2d(x, pool) if pool else x
        for i in range(layers):
            d = 2 ** (i // 3) if dilated else 1
            x = F.relu(m.conv(f"layer{i}", x, maps, (3, 3), padding=(d, d), dilation=(d, d)))
            if i % 2 == 1:
                x = past = x + past
            x = m.norm(f"layer{i}.norm", x, affine=False)
        return m.linear("classifier", x.mean((2, 3)), CLASSES)

    return forward


def kwt(size, layers):
    def dense(m, name, x, outputs, bias=True):
        y = x @ m.weight(f"{name}.weight", (x.shape[-1], outputs), x.shape[-1], outputs)
        return y + m.own(f"{name}.bias", lambda: torch.zeros(outputs)) if bias else y

    def layer_norm(m, name, x):
        own = m.own(f"{name}.weight", lambda: torch.ones(x.shape[-1])), m.own(f"{name}.bias", lambda: torch.zeros(x.shape[-1]))
        return F.layer_norm(x, x.shape[-1:], *own, eps=1e-6)

    def attend(m, name, x):
        def heads(part):
            return dense(m, f"{name}.{part}", x, x.shape[2], bias=False).reshape(x.shape[0], x.shape[1], size, 64).transpose(1, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        m.statistics[f"{name}.scale.factor"] = torch.tensor([0.125])
        mixed = torch.softmax(query @ key.transpose(2, 3) / 8, 3) @ value
        return dense(m, f"{name}.output", mixed.transpose(1, 2).reshape(x.shape), x.shape[2])

    def forward(m, x):
        width = 64 * size
        x = dense(m, "embedding", x[:, 0].transpose(1, 2), width)
        token = m.weight("token.row", (width,), 1, width)
        x = torch.cat([token.expand(x.shape[0], 1, width), x], 1)
        x = x + m.weight("positions.term", (x.shape[1], width), x.shape[1], width)
        for i in range(layers):
            x = layer_norm(m, f"layer{i}.attention.norm", x + attend(m, f"layer{i}.attention", x))
            y = dense(m, f"layer{i}.mlp.narrow", F.gelu(dense(m, f"layer{i}.mlp.wide", x, 4 * width)), width)
            x = layer_norm(m, f"layer{i}.mlp.norm", x + y)
        return m.linear("classifier", layer_norm(m, "head.norm", x[:, 0]), CLASSES)

    return forward


torch.set_num_threads(1)
for name, forward, bands, frames, keras in [
    ("kwt-1-2-layers", kwt(1, 2), 40, 26, True),
    ("kwt-2-1-layer", kwt(2, 1), 40, 26, True),
    ("kaggle-simple-conv", kaggle_simple_conv, 40, 34, True),
    ("kaggle-deeper-conv", kaggle_deeper_conv(intended=True), 40, 34, True),
    ("kaggle-deeper-conv-committed", kaggle_deeper_conv(intended=False), 40, 34, True),
    ("matchbox-net-2x2x32", matchbox_net(2, 2, 32, 0.1), 24, 26, False),
    ("res-8-narrow", res(6, 19, (4, 3), False), 40, 26, False),
    ("res-15-narrow", res(13, 19, None, True), 40, 26, False),
    ("res-26", res(24, 45, (2, 2), False), 40, 26, False),
    ("tc-resnet-8", tc_resnet(1, 1), 40, 26, True),
    ("tc-resnet-8-faithful", tc_resnet(1, 1, momentum=0.003, eps=1e-3), 40, 26, True),
    ("tc-resnet-14-1.5", tc_resnet(2, 1.5), 40, 27, True),
]:
    one_step(f"{name}.safetensors", forward, bands, frames, keras=keras)
