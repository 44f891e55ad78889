// The operators that models are made of.
#include "binding.h"

using at::IntArrayRef;
using at::Tensor;
using pt::guard;
using pt::hand_out;
using pt::optional;

PT_EXPORT pt::Error *pt_conv2d(
    Tensor *x, Tensor *weight, Tensor *bias, const int64_t *strides, const int64_t *padding, const int64_t *dilation, int64_t groups, Tensor **result) {
    return guard([&] {
        *result = hand_out(
            at::conv2d(*x, *weight, optional(bias), IntArrayRef(strides, 2), IntArrayRef(padding, 2), IntArrayRef(dilation, 2), groups));
    });
}

PT_EXPORT pt::Error *pt_batch_norm(
    Tensor *x, Tensor *running_mean, Tensor *running_var, Tensor *weight, Tensor *bias, bool training, double momentum, double eps, Tensor **result) {
    return guard([&] {
        *result = hand_out(at::batch_norm(
            *x, optional(weight), optional(bias), optional(running_mean), optional(running_var), training, momentum, eps, /*cudnn_enabled=*/true));
    });
}

PT_EXPORT pt::Error *pt_layer_norm(
    Tensor *x, const int64_t *shape, int32_t rank, Tensor *weight, Tensor *bias, double eps, Tensor **result) {
    return guard([&] { *result = hand_out(at::layer_norm(*x, IntArrayRef(shape, rank), optional(weight), optional(bias), eps)); });
}

PT_EXPORT pt::Error *pt_matmul(Tensor *x, Tensor *y, Tensor **result) {
    return guard([&] { *result = hand_out(at::matmul(*x, *y)); });
}

PT_EXPORT pt::Error *pt_linear(Tensor *x, Tensor *weight, Tensor *bias, Tensor **result) {
    return guard([&] { *result = hand_out(at::linear(*x, *weight, optional(bias))); });
}

PT_EXPORT pt::Error *pt_relu(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::relu(*x)); });
}

PT_EXPORT pt::Error *pt_silu(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::silu(*x)); });
}

PT_EXPORT pt::Error *pt_softmax(Tensor *x, int64_t dim, Tensor **result) {
    return guard([&] { *result = hand_out(at::softmax(*x, dim)); });
}

PT_EXPORT pt::Error *pt_pad(Tensor *x, const int64_t *pad, int32_t count, Tensor **result) {
    return guard([&] { *result = hand_out(at::constant_pad_nd(*x, IntArrayRef(pad, count), 0)); });
}

PT_EXPORT pt::Error *pt_max_pool2d(Tensor *x, const int64_t *kernel, const int64_t *strides, Tensor **result) {
    return guard([&] { *result = hand_out(at::max_pool2d(*x, IntArrayRef(kernel, 2), IntArrayRef(strides, 2))); });
}

PT_EXPORT pt::Error *pt_avg_pool2d(Tensor *x, const int64_t *kernel, Tensor **result) {
    return guard([&] { *result = hand_out(at::avg_pool2d(*x, IntArrayRef(kernel, 2))); });
}

// target: classes, or a distribution over them for each row. weight: of each class, or null.
PT_EXPORT pt::Error *pt_cross_entropy(Tensor *x, Tensor *target, Tensor *weight, double label_smoothing, Tensor **result) {
    return guard([&] {
        *result = hand_out(at::cross_entropy_loss(*x, *target, optional(weight), at::Reduction::Mean, /*ignore_index=*/-100, label_smoothing));
    });
}

PT_EXPORT pt::Error *pt_mse_loss(Tensor *x, Tensor *target, Tensor **result) {
    return guard([&] { *result = hand_out(at::mse_loss(*x, *target)); });
}
