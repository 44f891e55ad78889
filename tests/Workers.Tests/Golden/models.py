"""Makes the golden files of bc-resnet, svdf and ds-cnn: logits, loss, gradients and statistics of one training step, and logits after it, by PyTorch.

Run with a Python that has torch and numpy: python3 models.py
"""
from functools import partial

import torch

from nets import bc_resnet, ds_cnn, plain_resnet, svdf
from stable import one_step


def whole(tensor):
    return tensor


torch.set_num_threads(1)
one_step("bc-resnet.safetensors", bc_resnet, 40, 26, pick=whole)
for variant in ["no-ssn", "no-auxiliary", "no-identity", "max-pool", "attention"]:
    one_step(f"bc-resnet-{variant}.safetensors", partial(bc_resnet, variant=variant), 40, 25)
one_step("bc-resnet-resnet-1d.safetensors", partial(plain_resnet, width=16, flat=True), 40, 25)
one_step("bc-resnet-resnet-2d.safetensors", plain_resnet, 40, 25)
one_step("bc-resnet-resnet-2d-ssn.safetensors", partial(plain_resnet, bands=5), 40, 25)
one_step("svdf-small.safetensors", svdf, 40, 50, keras=True)
one_step("svdf.safetensors", partial(svdf, units=[256] * 6, projections=[128] * 5), 30, 49, keras=True)
one_step("ds-cnn.safetensors", ds_cnn, 40, 26, pick=whole)
