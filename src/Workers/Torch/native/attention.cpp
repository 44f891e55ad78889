// Attention and capsules.
#include "binding.h"

using at::Tensor;
using pt::guard;
using pt::hand_out;

namespace {

Tensor squared_length(const Tensor &x) { return at::sum(at::mul(x, x), {-1}, /*keepdim=*/true); }

}  // namespace

PT_EXPORT pt::Error *pt_matmul(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::matmul(*x, *y)); });
}

// Under autocast in single precision, as libtorch does it on CUDA and not on the processor.
PT_EXPORT pt::Error *pt_layer_norm(Tensor *x, Tensor *weight, Tensor *bias, double eps, Tensor **result) {
    return guard([&] { *result = hand_out(at::layer_norm(x->to(weight->scalar_type()), {x->size(-1)}, *weight, *bias, eps)); });
}

PT_EXPORT pt::Error *pt_l2_normalize(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::mul(*x, at::rsqrt(at::clamp_min(squared_length(*x), 1e-12)))); });
}

PT_EXPORT pt::Error *pt_squash(Tensor *x, Tensor **result) {
    return guard([&] {
        Tensor square = squared_length(*x);
        *result = hand_out(at::mul(*x, at::mul(at::div(square, at::add(square, 1)), at::rsqrt(at::add(square, 1e-7)))));
    });
}
