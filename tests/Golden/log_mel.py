"""Writes log-mel-clips.bin (int16 [5, 16000]) and log-mel-torchaudio.bin (float32 [5, 40, 101]): front end 1.A as torchaudio computes it.

Run with Debian's python3-torchaudio: /usr/bin/python3 tests/Golden/log_mel.py
"""
import pathlib

import numpy as np
import torch
import torchaudio

RATE = 16000
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)
t = np.arange(RATE) / RATE

# The whisper of noise matters: beside a pure tone torchaudio's own rounding is off by 4e-4 in the empty bands.
tones = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * 5000 * t) + 0.005 * rng.standard_normal(RATE)
noise = 0.2 * rng.standard_normal(RATE)
silence = np.zeros(RATE)
# Harmonics of a gliding pitch under a syllable-like envelope: as peaky and as quiet in places as speech is.
pitch = 2 * np.pi * np.cumsum(110 + 60 * t) / RATE
voice = sum(np.sin(k * pitch) / k**1.5 for k in range(1, 30)) * np.exp(-((t - 0.45) / 0.12) ** 2) * 0.3 + 0.001 * rng.standard_normal(RATE)
clicks = np.zeros(RATE)
clicks[[0, 250, 251, 8000, 15999]] = [0.9, -0.9, 0.9, 0.5, -0.99]

clips = np.stack([np.clip(np.round(c * 32768), -32768, 32767).astype("<i2") for c in (tones, noise, silence, voice, clicks)])
mel = torchaudio.transforms.MelSpectrogram(sample_rate=RATE, n_fft=512, win_length=480, hop_length=160, f_min=0, f_max=8000, n_mels=40)
features = (mel(torch.from_numpy(clips.astype(np.float32) / 32768)) + 1e-6).log()
(here / "log-mel-clips.bin").write_bytes(clips.tobytes())
(here / "log-mel-torchaudio.bin").write_bytes(features.numpy().astype("<f4").tobytes())
