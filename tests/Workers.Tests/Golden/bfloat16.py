"""Makes bfloat16.safetensors: logits, loss and gradients of one training step of each golden model under autocast to bfloat16 on the processor.

Run with a Python that has torch and numpy: python3 bfloat16.py
"""
import torch

import stable

found = {}


def one_step(path, forward, bands, frames, keras=False, pick=None, seed=7, classes=12, batch=5):
    """As stable.one_step, whose arguments it takes; kept: the logits, the loss, and a sample of all gradients one after another."""
    model = stable.Model(seed, training=True, keras=keras)
    features = stable.uniform(seed, "features", (batch, 1, bands, frames), 3)
    with torch.autocast("cpu", torch.bfloat16):
        logits = forward(model, features)
    loss = torch.nn.functional.cross_entropy(logits.float(), torch.arange(batch) * 5 % classes)
    loss.backward()
    name = path.removesuffix(".safetensors")
    found[name + ".logits"] = logits.float()
    found[name + ".loss"] = loss.reshape(1)
    found[name + ".gradients"] = stable.sample(torch.cat([model.parameters[p].grad.reshape(-1) for p in sorted(model.parameters)]))


# Normalised over a layer in single precision, as libtorch does on CUDA; on the processor this version leaves the types as they come.
layer_norm = torch.nn.functional.layer_norm
torch.nn.functional.layer_norm = lambda x, *rest, **named: layer_norm(x.float(), *rest, **named)
stable.one_step = one_step
torch.set_num_threads(1)
import models, plb, recurrent, zoo  # noqa: E401, E402, F401: each makes its models' steps when it is imported

# Products are summed in another order by other instructions, and a sum at a rounding's edge then falls to the other side.
with open("/proc/cpuinfo") as info:
    flags = next(line for line in info if line.startswith("flags")).split()
found["instructions"] = torch.tensor([float(name in flags) for name in ["avx2", "avx512f", "avx512_bf16", "amx_bf16"]])
found["version"] = torch.tensor([float(part) for part in torch.__version__.split("+")[0].split(".")[:2]])
stable.save("bfloat16.safetensors", found)
