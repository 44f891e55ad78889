// Gradients.
#include "binding.h"

#include <ATen/core/grad_mode.h>

using at::Tensor;
using pt::guard;
using pt::hand_out;

// Of the calling thread.
PT_EXPORT bool pt_grad_mode(bool enabled) {
    bool before = at::GradMode::is_enabled();
    at::GradMode::set_enabled(enabled);
    return before;
}

PT_EXPORT pt::Error *pt_requires_grad_(Tensor *x, bool requires_grad) {
    return guard([&] { x->requires_grad_(requires_grad); });
}

// For a model on the CPU it runs on the calling thread.
PT_EXPORT pt::Error *pt_backward(Tensor *loss) {
    return guard([&] { loss->backward(); });
}

// Null where the tensor has no gradient.
PT_EXPORT pt::Error *pt_grad(Tensor *x, Tensor **result) {
    return guard([&] { *result = x->grad().defined() ? hand_out(x->grad()) : nullptr; });
}
