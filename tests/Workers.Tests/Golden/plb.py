"""Makes plb.safetensors and those of its variants: what stable.one_step makes of PLB (models.md 5.3), by PyTorch.

Run with a Python that has torch and numpy: python3 plb.py
"""
import torch
from torch.nn import functional as F

from stable import one_step

CLASSES = 12
CHANNELS = 64


class Plb:
    def __init__(self, faithful=False, direction="both", without=None):
        self.faithful, self.direction, self.without = faithful, direction, without

    def __call__(self, m, x):
        self.m = m
        x = x.transpose(2, 3)
        flipped = x.flip(3 if self.faithful else 2)
        confounded = self.without == "spatial-published"
        forward = self.block("forward", x) if self.direction != "backward" and not confounded else None
        backward = self.block("backward", flipped) if self.direction != "forward" else None
        forward, backward = (None if v is None else self.cbam(v) for v in (forward, backward))
        x = forward if backward is None else backward
        if forward is not None and backward is not None:
            # Tokens are the coefficients, at each time by itself.
            q, k = forward.permute(0, 2, 3, 1), backward.permute(0, 2, 3, 1)
            x = forward + self.attend(q, k).permute(0, 3, 1, 2)
        x = self.cbam(self.block("merged", x, 2))
        return m.linear("classifier", m.dropout(self.pool(self.attention(self.tokens(x))), 0.2, channelwise=False), CLASSES)

    def block(self, name, x, dilation=1):
        x = self.m.conv(name + ".conv", x, CHANNELS, (3, 3), dilation=(dilation, dilation), bias=True)
        if self.faithful:
            x = self.m.norm(name + ".norm", x.transpose(1, 2), momentum=0.01, eps=1e-3).transpose(1, 2)
        else:
            x = self.m.norm(name + ".norm", x, momentum=0.01, eps=1e-3)
        return self.m.dropout(F.avg_pool2d(F.elu(x), 2), 0.2, channelwise=True)

    def cbam(self, x):
        if self.without == "cbam":
            return x
        gate = 0
        for summary in (x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)):
            squeezed = F.relu(self.m.conv("cbam.squeeze", summary, 32, (1, 1), bias=True))
            gate = gate + self.m.conv("cbam.excite", squeezed, CHANNELS, (1, 1), bias=True)
        return x + self.spatial("cbam.spatial", x * torch.sigmoid(gate))

    def spatial(self, name, x):
        both = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        y = self.m.norm(name + ".norm", self.m.conv(name + ".conv", both, 1, (7, 7), padding=(3, 3)), momentum=0.99 if self.faithful else 0.01)
        return x * torch.sigmoid(F.relu(y))

    def attend(self, q, k):
        scale = self.m.own("attention.scale", lambda: torch.ones(1))
        return torch.softmax(scale * torch.einsum("btqc,btkc->btqk", q, k), 3) @ k

    def tokens(self, x):
        if self.without != "dwscnn":
            x = self.m.conv("primary.depthwise", x, CHANNELS, (3, 3), dilation=(2, 2), groups=CHANNELS, bias=True)
            x = self.m.conv("primary.pointwise", x, 384, (1, 1), bias=True)
        return squash(x.permute(0, 2, 3, 1).reshape(x.shape[0], 1, -1, CHANNELS))

    def gated(self, x):
        return x if self.without in ("spatial", "spatial-published") else x + self.spatial("tokens.spatial", x)

    def attention(self, x):
        if self.without != "dwscnn":
            x = self.gated(x)
        if self.without == "self-attention":
            return x
        scale = self.m.own("self.norm.weight", lambda: torch.ones(CHANNELS))
        y = F.layer_norm(self.attend(x, x), (CHANNELS,), scale, self.m.own("self.norm.bias", lambda: torch.zeros(CHANNELS)), 1e-3)
        if self.faithful and self.direction != "both":
            y = self.gated(y)
        return self.gated(y * x)

    def pool(self, x):
        if self.without == "routing":
            return x.mean(2).flatten(1)
        weight = self.m.weight("routing.votes.weight", (CHANNELS, 384), CHANNELS, 384)
        votes = (x[:, 0] @ weight).unflatten(2, (6, CHANNELS))
        logits = torch.zeros(votes.shape[:3])
        for i in range(3):
            capsules = torch.einsum("bno,bnoc->boc", torch.softmax(logits, 2), votes)
            if i < 2:
                agreement = torch.einsum("boc,bnoc->bno", F.normalize(capsules, dim=2), votes)
                logits = agreement if self.faithful else logits + agreement
        return squash(capsules).mean(1)


def squash(x):
    square = x.square().sum(-1, keepdim=True)
    return square / (1 + square) * x / torch.sqrt(square + 1e-7)


torch.set_num_threads(1)
one_step("plb.safetensors", Plb(), 40, 34, keras=True)
one_step("plb-faithful.safetensors", Plb(faithful=True), 40, 34, keras=True)
one_step("plb-faithful-forward.safetensors", Plb(faithful=True, direction="forward"), 40, 34, keras=True)
for part in ["dwscnn", "cbam", "spatial-published", "self-attention", "routing"]:
    one_step(f"plb-without-{part}.safetensors", Plb(without=part), 40, 34, keras=True)
