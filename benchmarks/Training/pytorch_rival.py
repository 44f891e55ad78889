"""The rival of `bench training`: a plain PyTorch training loop of BC-ResNet-1 as one writes it, layers as modules and log-mel by torchaudio.

Usage: pytorch_rival.py step THREADS        seconds of one training step on features that are already there (batch 100)
       pytorch_rival.py epoch THREADS NOISE  seconds of one epoch over the WAVs listed on standard input, `path<TAB>label` a line: noise (recordings under
                                             the folder NOISE) and shift drawn on the fly, log-mel computed by batch
Prints one JSON object.
"""
import json
import random
import sys
import time

import torch
from torch import nn

BATCH, RATE = 100, 16000


class SubSpectralNorm(nn.Module):
    def __init__(self, channels, groups=5):
        super().__init__()
        self.groups, self.norm = groups, nn.BatchNorm2d(channels * groups)

    def forward(self, x):
        n, c, f, t = x.shape
        return self.norm(x.view(n, c * self.groups, f // self.groups, t)).view(n, c, f, t)


class Block(nn.Module):
    def __init__(self, cin, c, stride, dilation):
        super().__init__()
        self.same = cin == c
        expand = [] if self.same else [nn.Conv2d(cin, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU()]
        self.wide = nn.Sequential(*expand, nn.Conv2d(c, c, (3, 1), (stride, 1), (1, 0), groups=c, bias=False), SubSpectralNorm(c))
        self.narrow = nn.Sequential(
            nn.Conv2d(c, c, (1, 3), padding=(0, dilation), dilation=(1, dilation), groups=c, bias=False), nn.BatchNorm2d(c), nn.SiLU(),
            nn.Conv2d(c, c, 1, bias=False), nn.Dropout2d(0.1))

    def forward(self, x):
        wide = self.wide(x)
        out = wide + self.narrow(wide.mean(2, keepdim=True))
        return torch.relu(out + x if self.same else out)


def bc_resnet(width=8, classes=12):
    layers, cin = [nn.Conv2d(1, 2 * width, 5, (2, 1), 2, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU()], 2 * width
    for stage, (factor, blocks, stride) in enumerate([(1, 2, 1), (1.5, 2, 2), (2, 4, 2), (2.5, 4, 1)]):
        for block in range(blocks):
            layers.append(Block(cin, int(factor * width), stride if block == 0 else 1, 2**stage))
            cin = int(factor * width)
    layers += [nn.Conv2d(cin, cin, 5, padding=(0, 2), groups=cin, bias=False), nn.Conv2d(cin, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
               nn.AdaptiveAvgPool2d(1), nn.Conv2d(4 * width, classes, 1), nn.Flatten()]
    return nn.Sequential(*layers)


def train_step(model, optimizer, x, y):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_seconds(model, optimizer):
    x, y = torch.randn(BATCH, 1, 40, 101), torch.arange(BATCH) % 12
    times = []
    for _ in range(8):
        begin = time.perf_counter()
        train_step(model, optimizer, x, y)
        times.append(time.perf_counter() - begin)
    return sorted(times[2:])[3]


def augment(wave, silence, noises):
    if not silence and random.random() >= 0.8:
        return wave
    noise = random.choice(noises)
    start = random.randrange(noise.numel() - RATE)
    shift = int(random.uniform(-0.1, 0.1) * RATE)
    moved = torch.zeros(RATE)
    if shift < 0:
        moved[-shift:] = wave[:RATE + shift]
    else:
        moved[:RATE - shift] = wave[shift:]
    return (moved + random.uniform(0, 1 if silence else 0.1) * noise[start:start + RATE]).clamp(-1, 1)


def epoch_seconds(model, optimizer, noise_folder):
    import glob

    import torchaudio

    mel = torchaudio.transforms.MelSpectrogram(sample_rate=RATE, n_fft=512, win_length=480, hop_length=160, n_mels=40)
    noises = [torchaudio.load(f)[0][0] for f in sorted(glob.glob(noise_folder + "/**/*.wav", recursive=True))]
    clips = [(path, int(label)) for path, label in (line.rstrip("\n").split("\t") for line in sys.stdin)]
    random.seed(1)
    seconds = []
    for _ in range(2):
        begin = time.perf_counter()
        random.shuffle(clips)
        for at in range(0, len(clips), BATCH):
            part = clips[at:at + BATCH]
            waves = []
            for path, label in part:
                wave = torchaudio.load(path)[0][0]
                wave = nn.functional.pad(wave, (0, RATE - wave.numel()))
                waves.append(augment(wave, label == 0, noises))
            features = (mel(torch.stack(waves)) + 1e-6).log().unsqueeze(1)
            train_step(model, optimizer, features, torch.tensor([label for _, label in part]))
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


torch.manual_seed(1)
torch.set_num_threads(int(sys.argv[2]))
net = bc_resnet().train()
sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
assert sum(p.numel() for p in net.parameters()) == 9232
print(json.dumps({"seconds": step_seconds(net, sgd) if sys.argv[1] == "step" else epoch_seconds(net, sgd, sys.argv[3])}))
