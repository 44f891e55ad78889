"""Makes the golden files of bc-resnet and ds-cnn: logits, loss, gradients and statistics of one training step, and logits after it, by PyTorch.

Run with a Python that has torch and numpy: python3 models.py
"""
from functools import partial

import torch
from torch.nn import functional as F

from stable import one_step

CLASSES = 12


def bc_resnet(m, x, width=8, variant="paper"):
    x = F.relu(m.norm("head.norm", m.conv("head.conv", x, 2 * width, (5, 5), (2, 1), (2, 2))))
    for stage, (factor, blocks, stride) in enumerate([(1, 2, 1), (1.5, 2, 2), (2, 4, 2), (2.5, 4, 1)]):
        for block in range(blocks):
            x = bc_block(m, f"stage{stage}.{block}", x, int(factor * width), stride if block == 0 else 1, 2**stage, variant)
    x = m.conv("tail.depthwise", x, x.shape[1], (5, 5), padding=(0, 2), groups=x.shape[1])
    x = F.relu(m.norm("tail.norm", m.conv("tail.pointwise", x, 4 * width, (1, 1))))
    return m.conv("classifier", x.mean((2, 3), keepdim=True), CLASSES, (1, 1), bias=True).flatten(1)


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


def ds_cnn(m, x, channels=64):
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
    return m.linear("classifier", m.dropout(x, 0.4, channelwise=False).mean((2, 3)), CLASSES)


def whole(tensor):
    return tensor


torch.set_num_threads(1)
one_step("bc-resnet.safetensors", bc_resnet, 40, 26, pick=whole)
for variant in ["no-ssn", "no-auxiliary", "no-identity", "max-pool", "attention"]:
    one_step(f"bc-resnet-{variant}.safetensors", partial(bc_resnet, variant=variant), 40, 25)
one_step("ds-cnn.safetensors", ds_cnn, 40, 26, pick=whole)
