// Losses that libtorch has no operator for.
#include "binding.h"

using at::Tensor;
using pt::guard;
using pt::hand_out;

// Sabour et al. 2017, equation 4, of class probabilities [N, C] and a distribution over classes for each row; weight: of each row [N], or null.
PT_EXPORT pt::Error *pt_margin_loss(Tensor *x, Tensor *target, Tensor *weight, double present, double absent, double down, Tensor **result) {
    return guard([&] {
        Tensor hit = *target * at::relu(present - *x).pow(2);
        Tensor miss = down * (1 - *target) * at::relu(*x - absent).pow(2);
        Tensor rows = (hit + miss).sum(1);
        *result = hand_out(weight == nullptr ? rows.mean() : (rows * *weight).sum() / weight->sum());
    });
}
