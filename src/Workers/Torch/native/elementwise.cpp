// Elementwise functions.
#include "binding.h"

using at::Tensor;
using pt::guard;
using pt::hand_out;

PT_EXPORT pt::Error *pt_sigmoid(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::sigmoid(*x)); });
}

PT_EXPORT pt::Error *pt_tanh(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::tanh(*x)); });
}

PT_EXPORT pt::Error *pt_elu(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::elu(*x)); });
}

PT_EXPORT pt::Error *pt_gelu(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::gelu(*x)); });
}

PT_EXPORT pt::Error *pt_rsqrt(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::rsqrt(*x)); });
}

PT_EXPORT pt::Error *pt_trunc(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::trunc(*x)); });
}

PT_EXPORT pt::Error *pt_prelu(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::prelu(*x, *y)); });
}

PT_EXPORT pt::Error *pt_add(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::add(*x, *y)); });
}

PT_EXPORT pt::Error *pt_mul(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::mul(*x, *y)); });
}

PT_EXPORT pt::Error *pt_div(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::div(*x, *y)); });
}

PT_EXPORT pt::Error *pt_add_scalar(Tensor *x, double y, Tensor **result) {
    return guard([&] { *result = hand_out(at::add(*x, y)); });
}

PT_EXPORT pt::Error *pt_mul_scalar(Tensor *x, double y, Tensor **result) {
    return guard([&] { *result = hand_out(at::mul(*x, y)); });
}

PT_EXPORT pt::Error *pt_pow(Tensor *x, double y, Tensor **result) {
    return guard([&] { *result = hand_out(at::pow(*x, y)); });
}

PT_EXPORT pt::Error *pt_clamp_min(Tensor *x, double y, Tensor **result) {
    return guard([&] { *result = hand_out(at::clamp_min(*x, y)); });
}
