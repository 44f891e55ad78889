// Optimisers: one call steps over all parameters, with libtorch's list operators, and drops the gradients.
#include "binding.h"

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <vector>

using at::Tensor;
using pt::guard;

namespace {

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
        at::NoGradGuard no_grad;
        auto p = list(parameters, count);
        auto v = list(velocities, count);
        auto g = take_gradients(p, weight_decay);
        at::_foreach_mul_(v, momentum);
        at::_foreach_add_(v, g);
        at::_foreach_add_(p, v, -lr);
    });
}

// Kingma and Ba 2015, with PyTorch's order of operations. step counts from 1. decoupled: Loshchilov and Hutter 2019, the decay beside the moments.
PT_EXPORT pt::Error *pt_adam_step(
    Tensor **parameters, Tensor **means, Tensor **squares, int32_t count, int64_t step, double lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled) {
    return guard([&] {
        at::NoGradGuard no_grad;
        auto p = list(parameters, count);
        auto m = list(means, count);
        auto s = list(squares, count);
        auto g = take_gradients(p, decoupled ? 0 : weight_decay);
        if (decoupled) {
            at::_foreach_mul_(p, 1 - lr * weight_decay);
        }
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

// Ginsburg et al. 2019, algorithm 1: the second moment is that of a whole tensor's norm, squares[i] of one element; the first step takes it as it is.
PT_EXPORT pt::Error *pt_novograd_step(
    Tensor **parameters, Tensor **means, Tensor **squares, int32_t count, int64_t step, double lr, double beta1, double beta2, double eps, double weight_decay) {
    return guard([&] {
        at::NoGradGuard no_grad;
        auto p = list(parameters, count);
        auto m = list(means, count);
        auto s = list(squares, count);
        auto g = take_gradients(p, 0);
        for (int32_t i = 0; i < count; i++) {
            Tensor norm = g[i].pow(2).sum();
            if (step == 1) {
                s[i].fill_(norm);
            } else {
                s[i].mul_(beta2).add_(norm, 1 - beta2);
            }
            Tensor scaled = g[i].div(s[i].sqrt().add_(eps)).add_(p[i], weight_decay);
            m[i].mul_(beta1).add_(scaled);
            p[i].add_(m[i], -lr);
        }
    });
}

// Bounds the gradients: each element by value, then all together by their norm, as PyTorch's clip_grad_value_ and clip_grad_norm_. 0: unbounded.
PT_EXPORT pt::Error *pt_clip_gradients(Tensor **parameters, int32_t count, double value, double norm) {
    return guard([&] {
        at::NoGradGuard no_grad;
        std::vector<Tensor> gradients;
        for (Tensor &parameter : list(parameters, count)) {
            gradients.push_back(parameter.mutable_grad());
        }
        if (value > 0) {
            for (Tensor &gradient : gradients) {
                gradient.clamp_(-value, value);
            }
        }
        if (norm > 0 && !gradients.empty() && !gradients[0].is_cpu()) {
            // The same without asking the device for the norm, which would wait for it.
            Tensor total = at::stack(at::_foreach_norm(gradients, 2)).norm();
            Tensor factor = at::clamp_max(at::reciprocal(at::add(total, 1e-6)).mul(norm), 1.0);
            for (Tensor &gradient : gradients) {
                gradient.mul_(factor);
            }
        } else if (norm > 0) {
            double total = at::stack(at::_foreach_norm(gradients, 2)).norm().item<double>();
            if (norm < total + 1e-6) {
                at::_foreach_mul_(gradients, norm / (total + 1e-6));
            }
        }
    });
}

// Each tensor takes over the elements of its other one.
PT_EXPORT pt::Error *pt_exchange(Tensor **tensors, Tensor **others, int32_t count) {
    return guard([&] {
        at::NoGradGuard no_grad;
        for (int32_t i = 0; i < count; i++) {
            Tensor before = tensors[i]->clone();
            tensors[i]->copy_(*others[i]);
            others[i]->copy_(before);
        }
    });
}

// average = decay average + (1 - decay) parameter.
PT_EXPORT pt::Error *pt_average(Tensor **averages, Tensor **parameters, int32_t count, double decay) {
    return guard([&] {
        at::NoGradGuard no_grad;
        auto a = list(averages, count);
        at::_foreach_mul_(a, decay);
        at::_foreach_add_(a, list(parameters, count), 1 - decay);
    });
}
