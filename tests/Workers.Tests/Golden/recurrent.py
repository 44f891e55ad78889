"""Makes gru, tinyml-lstm, tinyml-lstm-faithful, edge-rnn and edge-rnn-g.safetensors: what stable.one_step makes of the recurrent models, by PyTorch.

Run with a Python that has torch and numpy: python3 recurrent.py
"""
from functools import partial

import torch

from nets import edge_rnn, gru, tinyml_lstm
from stable import one_step

torch.set_num_threads(1)
one_step("tinyml-lstm.safetensors", tinyml_lstm, 40, 26, keras=True)
one_step("tinyml-lstm-faithful.safetensors", lambda m, x: tinyml_lstm(m, x.trunc()), 40, 26, keras=True)
one_step("gru.safetensors", partial(gru, units=48), 20, 26, keras=True)
one_step("edge-rnn.safetensors", edge_rnn, 40, 26)
one_step("edge-rnn-g.safetensors", partial(edge_rnn, groups=(4, 8)), 40, 26)
