// What gradients come to, before a step takes them.
#include "binding.h"

#include <cmath>
#include <vector>

using pt::guard;
using pt::hand_out;
using at::Tensor;

// The Euclidean norm of all gradients together, one element, summed in double precision, so that finite gradients have a finite norm. It stays on the
// device, so that nothing waits for it.
PT_EXPORT pt::Error *pt_gradient_norm(Tensor **parameters, int32_t count, Tensor **norm) {
    return guard([&] {
        double sum = 0;
        std::vector<Tensor> elsewhere;
        for (int32_t i = 0; i < count; i++) {
            Tensor gradient = parameters[i]->grad();
            if (!gradient.defined()) {
                continue;
            }
            if (!gradient.is_cpu()) {
                elsewhere.push_back(gradient.detach());
                continue;
            }
            Tensor rows = gradient.contiguous();
            const float *values = rows.data_ptr<float>();
            for (int64_t j = 0; j < rows.numel(); j++) {
                sum += static_cast<double>(values[j]) * values[j];
            }
        }
        *norm = hand_out(elsewhere.empty() ? at::full({1}, std::sqrt(sum), at::kDouble) : at::stack(at::_foreach_norm(elsewhere, 2)).to(at::kDouble).norm().reshape({1}));
    });
}
