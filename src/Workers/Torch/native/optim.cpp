// Optimisers: one call steps over all parameters, with libtorch's list operators, and drops the gradients.
#include "binding.h"

#include <cmath>
#include <vector>

using at::Tensor;
using pt::guard;

namespace {

// Without gradients being recorded, and back to what was after.
class NoGrad {
    bool before_ = at::GradMode::is_enabled();

public:
    NoGrad() { at::GradMode::set_enabled(false); }
    ~NoGrad() { at::GradMode::set_enabled(before_); }
};

std::vector<Tensor> list(Tensor **handles, int32_t count) {
    std::vector<Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; i++) {
        tensors.push_back(*handles[i]);
    }
    return tensors;
}

// The gradients, with the L2 penalty added; the tensors no longer hold them after.
std::vector<Tensor> take_gradients(std::vector<Tensor> &parameters, double weight_decay) {
    std::vector<Tensor> gradients;
    gradients.reserve(parameters.size());
    for (Tensor &parameter : parameters) {
        TORCH_CHECK(parameter.grad().defined(), "a parameter has no gradient");
        gradients.push_back(parameter.grad());
        parameter.mutable_grad().reset();
    }
    if (weight_decay != 0) {
        at::_foreach_add_(gradients, parameters, weight_decay);
    }
    return gradients;
}

}  // namespace

// Sutskever et al. 2013 as PyTorch has it: v = momentum v + g; p = p - lr v.
PT_EXPORT pt::Error *pt_sgd_step(Tensor **parameters, Tensor **velocities, int32_t count, double lr, double momentum, double weight_decay) {
    return guard([&] {
        NoGrad no_grad;
        auto p = list(parameters, count);
        auto v = list(velocities, count);
        auto g = take_gradients(p, weight_decay);
        at::_foreach_mul_(v, momentum);
        at::_foreach_add_(v, g);
        at::_foreach_add_(p, v, -lr);
    });
}

// Kingma and Ba 2015, with PyTorch's order of operations. step counts from 1.
PT_EXPORT pt::Error *pt_adam_step(
    Tensor **parameters, Tensor **means, Tensor **squares, int32_t count, int64_t step, double lr, double beta1, double beta2, double eps, double weight_decay) {
    return guard([&] {
        NoGrad no_grad;
        auto p = list(parameters, count);
        auto m = list(means, count);
        auto s = list(squares, count);
        auto g = take_gradients(p, weight_decay);
        at::_foreach_mul_(m, beta1);
        at::_foreach_add_(m, g, 1 - beta1);
        at::_foreach_mul_(s, beta2);
        at::_foreach_addcmul_(s, g, g, 1 - beta2);
        auto denominator = at::_foreach_sqrt(s);
        at::_foreach_div_(denominator, std::sqrt(1 - std::pow(beta2, step)));
        at::_foreach_add_(denominator, eps);
        at::_foreach_addcdiv_(p, m, denominator, -lr / (1 - std::pow(beta1, step)));
    });
}
