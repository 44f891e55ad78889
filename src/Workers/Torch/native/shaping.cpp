// What changes shapes, and what makes one of several elements.
#include "binding.h"

#include <vector>

using at::IntArrayRef;
using at::Tensor;
using pt::guard;
using pt::hand_out;

PT_EXPORT pt::Error *pt_reshape(Tensor *x, const int64_t *sizes, int32_t rank, Tensor **result) {
    return guard([&] { *result = hand_out(at::reshape(*x, IntArrayRef(sizes, rank))); });
}

PT_EXPORT pt::Error *pt_permute(Tensor *x, const int64_t *axes, int32_t rank, Tensor **result) {
    return guard([&] { *result = hand_out(x->permute(IntArrayRef(axes, rank))); });
}

PT_EXPORT pt::Error *pt_cat(Tensor *const *tensors, int32_t count, int64_t axis, Tensor **result) {
    return guard([&] {
        std::vector<Tensor> parts;
        for (int32_t i = 0; i < count; i++) {
            parts.push_back(*tensors[i]);
        }
        *result = hand_out(at::cat(parts, axis));
    });
}

PT_EXPORT pt::Error *pt_expand(Tensor *x, const int64_t *sizes, int32_t rank, Tensor **result) {
    return guard([&] { *result = hand_out(x->expand(IntArrayRef(sizes, rank))); });
}

PT_EXPORT pt::Error *pt_flip(Tensor *x, const int64_t *axes, int32_t count, Tensor **result) {
    return guard([&] { *result = hand_out(at::flip(*x, IntArrayRef(axes, count))); });
}

PT_EXPORT pt::Error *pt_sum(Tensor *x, const int64_t *axes, int32_t count, bool keepdim, Tensor **result) {
    return guard([&] { *result = hand_out(at::sum(*x, IntArrayRef(axes, count), keepdim)); });
}

PT_EXPORT pt::Error *pt_mean(Tensor *x, const int64_t *axes, int32_t count, bool keepdim, Tensor **result) {
    return guard([&] { *result = hand_out(at::mean(*x, IntArrayRef(axes, count), keepdim)); });
}

// The gradient goes to the greatest in equal shares.
PT_EXPORT pt::Error *pt_amax(Tensor *x, const int64_t *axes, int32_t count, bool keepdim, Tensor **result) {
    return guard([&] { *result = hand_out(at::amax(*x, IntArrayRef(axes, count), keepdim)); });
}
