"""Makes bc-resnet.safetensors and ds-cnn.safetensors: logits, loss, gradients and statistics of one training step, and logits after it, by PyTorch.

Run with a Python that has torch and numpy: python3 models.py
"""
import torch
from torch.nn import functional as F

from stable import Model, save, uniform

SEED, CLASSES, BATCH, FRAMES = 7, 12, 5, 26


def bc_resnet(m, x, width=8):
    x = F.relu(m.norm("head.norm", m.conv("head.conv", x, 2 * width, (5, 5), (2, 1), (2, 2))))
    for stage, (factor, blocks, stride) in enumerate([(1, 2, 1), (1.5, 2, 2), (2, 4, 2), (2.5, 4, 1)]):
        for block in range(blocks):
            x = bc_block(m, f"stage{stage}.{block}", x, int(factor * width), stride if block == 0 else 1, 2**stage)
    x = m.conv("tail.depthwise", x, x.shape[1], (5, 5), padding=(0, 2), groups=x.shape[1])
    x = F.relu(m.norm("tail.norm", m.conv("tail.pointwise", x, 4 * width, (1, 1))))
    return m.conv("classifier", x.mean((2, 3), keepdim=True), CLASSES, (1, 1), bias=True).flatten(1)


def bc_block(m, name, x, c, stride, dilation):
    wide = x
    if x.shape[1] != c:
        wide = F.relu(m.norm(f"{name}.expand.norm", m.conv(f"{name}.expand", wide, c, (1, 1))))
    wide = m.conv(f"{name}.frequency", wide, c, (3, 1), (stride, 1), (1, 0), groups=c)
    n, _, f, t = wide.shape
    wide = m.norm(f"{name}.frequency.norm", wide.view(n, c * 5, f // 5, t)).view(n, c, f, t)
    narrow = m.conv(f"{name}.time", wide.mean(2, keepdim=True), c, (1, 3), padding=(0, dilation), dilation=(1, dilation), groups=c)
    narrow = m.conv(f"{name}.mix", F.silu(m.norm(f"{name}.time.norm", narrow)), c, (1, 1))
    out = wide + m.dropout(narrow, 0.1, channelwise=True)
    return F.relu(out + x if x.shape[1] == c else out)


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


torch.set_num_threads(1)
for name, forward in [("bc-resnet", bc_resnet), ("ds-cnn", ds_cnn)]:
    model = Model(SEED, training=True)
    features = uniform(SEED, "features", (BATCH, 1, 40, FRAMES), 3)
    labels = torch.arange(BATCH) * 5 % CLASSES
    logits = forward(model, features)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    tensors = {"logits": logits, "loss": loss.reshape(1)}
    tensors.update({"grad." + n: p.grad for n, p in model.parameters.items()})
    tensors.update(model.statistics)
    model.training = False
    tensors["evaluated"] = forward(model, features)
    save(f"{name}.safetensors", tensors)
