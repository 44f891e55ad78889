"""The rival of `bench training`: plain PyTorch training loops over the models of nets.py, with PyTorch's own layers, and log-mel by torchaudio.

Usage: pytorch_rival.py step MODEL BATCH BANDS FRAMES CLASSES THREADS  for each line N on standard input, the median seconds of N training steps on
                                                                       features that are already there
       pytorch_rival.py epoch THREADS NOISE                            seconds of an epoch of BC-ResNet-1 over the WAVs listed on standard input,
                                                                       `path<TAB>label` a line: noise (recordings under the folder NOISE) and shift drawn
                                                                       on the fly, log-mel computed by batch
Each answer is one JSON object on a line.
"""
import json
import random
import statistics
import sys
import time
from functools import partial

import torch
from torch import nn

import nets
from stable import Model

BATCH, RATE = 100, 16000


class Layers(Model):
    """Parameters, dropout and recurrent layers as PyTorch itself makes them."""

    def __init__(self):
        super().__init__(1, training=True)
        self.recurrent = {}

    def weight(self, name, shape, fan_in, fan_out):
        return self.own(name, lambda: torch.empty(shape).uniform_(-(fan_in**-0.5), fan_in**-0.5))

    def bias(self, name, size, fan_in):
        return self.weight(name, (size,), fan_in, size)

    def dropout(self, x, probability, channelwise):
        return (nn.functional.dropout2d if channelwise else nn.functional.dropout)(x, probability)

    def lstm(self, name, x, units):
        return self._recur(nn.LSTM, name, x, units)

    def rnn(self, name, x, units):
        return self._recur(nn.RNN, name, x, units)

    def _recur(self, layer, name, x, units):
        if name not in self.recurrent:
            self.recurrent[name] = layer(x.shape[2], units, batch_first=True)
            self.parameters.update({f"{name}.{part}": p for part, p in self.recurrent[name].named_parameters()})
        return self.recurrent[name](x)[0]


sgd = partial(torch.optim.SGD, momentum=0.9)
MODELS = {
    "bc-resnet-1": (nets.bc_resnet, partial(sgd, lr=0.1, weight_decay=1e-3), None),
    "bc-resnet-3": (partial(nets.bc_resnet, width=24), partial(sgd, lr=0.1, weight_decay=1e-3), None),
    "ds-cnn-s": (nets.ds_cnn, partial(torch.optim.Adam, lr=5e-4), None),
    "edge-rnn": (nets.edge_rnn, partial(sgd, lr=0.01, weight_decay=5e-4), 0.1),
    "tinyml-lstm": (nets.tinyml_lstm, partial(torch.optim.Adam, lr=1e-3), None),
}


class Loop:
    """A model with its optimiser."""

    def __init__(self, name, bands, frames, classes):
        forward, optimizer, self.clip = MODELS[name]
        self.layers = Layers()
        self.forward = partial(forward, self.layers, classes=classes)
        self.forward(torch.zeros(2, 1, bands, frames))  # makes the parameters
        self.parameters = list(self.layers.parameters.values())
        self.optimizer = optimizer(self.parameters)

    def step(self, x, y):
        loss = nn.functional.cross_entropy(self.forward(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        if self.clip is not None:
            nn.utils.clip_grad_value_(self.parameters, self.clip)
        self.optimizer.step()
        return loss.item()


def steps(name, batch, bands, frames, classes):
    loop, x, y = Loop(name, bands, frames, classes), torch.randn(batch, 1, bands, frames), torch.arange(batch) % classes
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            begin = time.perf_counter()
            loop.step(x, y)
            times.append(time.perf_counter() - begin)
        print(json.dumps({"seconds": statistics.median(times)}), flush=True)


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


def epochs(noise_folder):
    import glob

    import torchaudio

    mel = torchaudio.transforms.MelSpectrogram(sample_rate=RATE, n_fft=512, win_length=480, hop_length=160, n_mels=40)
    noises = [torchaudio.load(f)[0][0] for f in sorted(glob.glob(noise_folder + "/**/*.wav", recursive=True))]
    clips = [(path, int(label)) for path, label in (line.rstrip("\n").split("\t") for line in sys.stdin)]
    random.seed(1)
    loop, seconds = Loop("bc-resnet-1", 40, 101, 12), []
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
            loop.step(features, torch.tensor([label for _, label in part]))
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": min(seconds)}))


torch.manual_seed(1)
if sys.argv[1] == "step":
    torch.set_num_threads(int(sys.argv[7]))
    steps(sys.argv[2], *map(int, sys.argv[3:7]))
else:
    torch.set_num_threads(int(sys.argv[2]))
    epochs(sys.argv[3])
