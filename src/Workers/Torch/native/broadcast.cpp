// The end of a broadcasted residual block: max(wide + narrow + shortcut, 0), where narrow has one row for all of wide's.
#include "kernels.h"

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

PT_CLONES void add_plane(const float *__restrict wide, const float *__restrict narrow, const float *__restrict shortcut, float *__restrict y, int64_t height, int64_t width) {
    for (int64_t h = 0; h < height; h++) {
        const float *__restrict a = wide + h * width;
        float *__restrict to = y + h * width;
        if (shortcut == nullptr) {
            for (int64_t w = 0; w < width; w++) {
                float sum = a[w] + narrow[w];
                to[w] = sum < 0 ? 0 : sum;
            }
        } else {
            const float *__restrict b = shortcut + h * width;
            for (int64_t w = 0; w < width; w++) {
                float sum = a[w] + narrow[w] + b[w];
                to[w] = sum < 0 ? 0 : sum;
            }
        }
    }
}

PT_CLONES void gradient_plane(const float *__restrict y, const float *__restrict dy, float *__restrict dwide, float *__restrict dnarrow, int64_t height, int64_t width) {
    std::fill(dnarrow, dnarrow + width, 0.0f);
    for (int64_t h = 0; h < height; h++) {
        for (int64_t w = 0; w < width; w++) {
            float g = y[h * width + w] > 0 ? dy[h * width + w] : 0;
            dwide[h * width + w] = g;
            dnarrow[w] += g;
        }
    }
}

struct BroadcastAddRelu : torch::autograd::Function<BroadcastAddRelu> {
    static Tensor forward(AutogradContext *context, const Tensor &wide_input, const Tensor &narrow_input, const pt::Optional<Tensor> &shortcut_input) {
        Tensor wide = wide_input.contiguous(), narrow = narrow_input.contiguous();
        Tensor shortcut = shortcut_input ? shortcut_input->contiguous() : Tensor();
        Tensor y = at::empty_like(wide);
        int64_t height = wide.size(2), width = wide.size(3), plane = height * width;
        at::parallel_for(0, wide.size(0) * wide.size(1), pt::grain(plane), [&](int64_t begin, int64_t end) {
            for (int64_t p = begin; p < end; p++) {
                add_plane(
                    pt::in(wide) + p * plane, pt::in(narrow) + p * width, shortcut.defined() ? pt::in(shortcut) + p * plane : nullptr, pt::out(y) + p * plane, height,
                    width);
            }
        });
        context->save_for_backward({y});
        context->saved_data["shortcut"] = shortcut.defined();
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        Tensor y = context->get_saved_variables()[0], dy = gradients[0].contiguous();
        int64_t height = y.size(2), width = y.size(3), plane = height * width;
        Tensor dwide = at::empty_like(y), dnarrow = at::empty({y.size(0), y.size(1), 1, width}, y.options());
        at::parallel_for(0, y.size(0) * y.size(1), pt::grain(plane), [&](int64_t begin, int64_t end) {
            for (int64_t p = begin; p < end; p++) {
                gradient_plane(pt::in(y) + p * plane, pt::in(dy) + p * plane, pt::out(dwide) + p * plane, pt::out(dnarrow) + p * width, height, width);
            }
        });
        return {dwide, dnarrow, context->saved_data["shortcut"].toBool() ? dwide : Tensor()};
    }
};

}  // namespace

PT_EXPORT pt::Error *pt_broadcast_add_relu(Tensor *wide, Tensor *narrow, Tensor *shortcut, Tensor **result) {
    return pt::guard([&] {
        pt::check(*wide);
        TORCH_CHECK(
            narrow->size(0) == wide->size(0) && narrow->size(1) == wide->size(1) && narrow->size(2) == 1 && narrow->size(3) == wide->size(3)
                && (shortcut == nullptr || shortcut->sizes() == wide->sizes()),
            "the shapes do not fit");
        *result = pt::hand_out(BroadcastAddRelu::apply(*wide, *narrow, pt::optional(shortcut)));
    });
}
