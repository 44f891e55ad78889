// Elementwise functions, and what changes shapes.
#include "binding.h"

#include <vector>

using at::IntArrayRef;
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

PT_EXPORT pt::Error *pt_prelu(Tensor *x, Tensor *slope, Tensor **result) {
    return guard([&] { *result = hand_out(at::prelu(*x, *slope)); });
}

PT_EXPORT pt::Error *pt_div(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::div(*x, *y)); });
}

PT_EXPORT pt::Error *pt_reshape(Tensor *x, const int64_t *sizes, int32_t rank, Tensor **result) {
    return guard([&] { *result = hand_out(at::reshape(*x, IntArrayRef(sizes, rank))); });
}

PT_EXPORT pt::Error *pt_permute(Tensor *x, const int64_t *axes, int32_t rank, Tensor **result) {
    return guard([&] { *result = hand_out(x->permute(IntArrayRef(axes, rank))); });
}

PT_EXPORT pt::Error *pt_concat(Tensor *const *tensors, int32_t count, int64_t axis, Tensor **result) {
    return guard([&] {
        std::vector<Tensor> parts;
        for (int32_t i = 0; i < count; i++) {
            parts.push_back(*tensors[i]);
        }
        *result = hand_out(at::cat(parts, axis));
    });
}

PT_EXPORT pt::Error *pt_max_pool(Tensor *x, const int64_t *kernel, const int64_t *strides, Tensor **result) {
    return guard([&] { *result = hand_out(at::max_pool2d(*x, IntArrayRef(kernel, 2), IntArrayRef(strides, 2))); });
}

PT_EXPORT pt::Error *pt_avg_pool(Tensor *x, const int64_t *kernel, Tensor **result) {
    return guard([&] { *result = hand_out(at::avg_pool2d(*x, IntArrayRef(kernel, 2))); });
}

PT_EXPORT pt::Error *pt_flip(Tensor *x, int64_t axis, Tensor **result) {
    return guard([&] { *result = hand_out(at::flip(*x, {axis})); });
}

PT_EXPORT pt::Error *pt_sum(Tensor *x, int64_t axis, Tensor **result) {
    return guard([&] { *result = hand_out(at::sum(*x, {axis}, /*keepdim=*/true)); });
}

// The gradient goes to the greatest in equal shares.
PT_EXPORT pt::Error *pt_max(Tensor *x, int64_t axis, Tensor **result) {
    return guard([&] { *result = hand_out(at::amax(*x, {axis}, /*keepdim=*/true)); });
}
