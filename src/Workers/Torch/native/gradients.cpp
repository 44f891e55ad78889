// What gradients come to, before a step takes them.
#include "binding.h"

#include <cmath>

using pt::guard;
using at::Tensor;

// The Euclidean norm of all gradients together, summed in double precision, so that finite gradients have a finite norm.
PT_EXPORT pt::Error *pt_gradient_norm(Tensor **parameters, int32_t count, double *norm) {
    return guard([&] {
        double sum = 0;
        for (int32_t i = 0; i < count; i++) {
            Tensor gradient = parameters[i]->grad();
            if (!gradient.defined()) {
                continue;
            }
            if (!gradient.is_cpu()) {
                sum += gradient.to(at::kDouble).square().sum().item<double>();
                continue;
            }
            Tensor rows = gradient.contiguous();
            const float *values = rows.data_ptr<float>();
            for (int64_t j = 0; j < rows.numel(); j++) {
                sum += static_cast<double>(values[j]) * values[j];
            }
        }
        *norm = std::sqrt(sum);
    });
}
