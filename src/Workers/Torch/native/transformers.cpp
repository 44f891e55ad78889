// What transformers have besides attention.
#include "binding.h"

using at::Tensor;
using pt::guard;
using pt::hand_out;

PT_EXPORT pt::Error *pt_gelu(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(at::gelu(*x)); });
}

PT_EXPORT pt::Error *pt_prepend_row(Tensor *x, Tensor *row, Tensor **result) {
    return guard([&] { *result = hand_out(at::cat({row->expand({x->size(0), x->size(1), 1, x->size(3)}), *x}, 2)); });
}

PT_EXPORT pt::Error *pt_first_row(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(x->narrow(2, 0, 1)); });
}
