// Convolution whose every output channel sees one input channel (depthwise, or the first layer over a one-channel picture), width stride 1.
#include "kernels.h"

#include <vector>

using at::Tensor;
using pt::load;
using pt::v8;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

struct Geometry {
    int64_t n, channels, multiplier, h, w, kh, kw, stride, pad_h, pad_w, dilation_h, dilation_w, out_h, out_w;

    int64_t taps() const { return kh * kw; }
    int64_t outputs() const { return channels * multiplier; }
};

// The columns of the output that a tap reaches, and where it looks: [first, last), shifted by offset.
struct Reach {
    int64_t first, last, offset;
};

PT_INLINE Reach reach(const Geometry &g, int64_t j) {
    int64_t offset = j * g.dilation_w - g.pad_w;
    return {std::max<int64_t>(0, -offset), std::min(g.out_w, g.w - offset), offset};
}

PT_CLONES void forward_plane(const Geometry &g, const float *__restrict x, const float *__restrict weight, float bias, float *__restrict y) {
    for (int64_t oh = 0; oh < g.out_h; oh++) {
        float *__restrict row = y + oh * g.out_w;
        std::fill(row, row + g.out_w, bias);
        for (int64_t i = 0; i < g.kh; i++) {
            int64_t ih = oh * g.stride - g.pad_h + i * g.dilation_h;
            if (ih < 0 || ih >= g.h) continue;
            for (int64_t j = 0; j < g.kw; j++) {
                Reach r = reach(g, j);
                const float *__restrict from = x + ih * g.w + r.offset;
                float c = weight[i * g.kw + j];
                for (int64_t ow = r.first; ow < r.last; ow++) row[ow] += c * from[ow];
            }
        }
    }
}

PT_CLONES void input_gradient_plane(const Geometry &g, const float *__restrict dy, const float *__restrict weight, float *__restrict dx) {
    for (int64_t oh = 0; oh < g.out_h; oh++) {
        const float *__restrict row = dy + oh * g.out_w;
        for (int64_t i = 0; i < g.kh; i++) {
            int64_t ih = oh * g.stride - g.pad_h + i * g.dilation_h;
            if (ih < 0 || ih >= g.h) continue;
            for (int64_t j = 0; j < g.kw; j++) {
                Reach r = reach(g, j);
                float *__restrict to = dx + ih * g.w + r.offset;
                float c = weight[i * g.kw + j];
                for (int64_t ow = r.first; ow < r.last; ow++) to[ow] += c * row[ow];
            }
        }
    }
}

PT_CLONES void weight_gradient_plane(const Geometry &g, const float *x, const float *dy, double *dw) {
    for (int64_t i = 0; i < g.kh; i++) {
        for (int64_t j = 0; j < g.kw; j++) {
            Reach r = reach(g, j);
            pt::Sum sum;  // over all rows, since they are short
            for (int64_t oh = 0; oh < g.out_h; oh++) {
                int64_t ih = oh * g.stride - g.pad_h + i * g.dilation_h;
                if (ih < 0 || ih >= g.h) continue;
                const float *from = x + ih * g.w + r.offset, *row = dy + oh * g.out_w;
                int64_t ow = r.first;
                for (; ow + 32 <= r.last; ow += 32) {
                    for (int c = 0; c < 4; c++) sum.chains[c] += load<v8>(row + ow + 8 * c) * load<v8>(from + ow + 8 * c);
                }
                for (; ow + 8 <= r.last; ow += 8) sum.chains[0] += load<v8>(row + ow) * load<v8>(from + ow);
                for (; ow < r.last; ow++) sum.rest += row[ow] * from[ow];
            }
            dw[i * g.kw + j] += sum.total();
        }
    }
}

PT_CLONES double total(const float *__restrict values, int64_t count) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) sum += values[i];
    return sum;
}

// The gradients of one output channel's weights and bias.
void channel_gradients(const Geometry &g, int64_t channel, const float *x, const float *dy, float *dw, float *db) {
    std::vector<double> sums(g.taps());
    double bias = 0;
    int64_t plane = g.out_h * g.out_w;
    for (int64_t n = 0; n < g.n; n++) {
        const float *dy_plane = dy + (n * g.outputs() + channel) * plane;
        weight_gradient_plane(g, x + (n * g.channels + channel / g.multiplier) * g.h * g.w, dy_plane, sums.data());
        if (db != nullptr) bias += total(dy_plane, plane);
    }
    std::copy(sums.begin(), sums.end(), dw + channel * g.taps());
    if (db != nullptr) db[channel] = static_cast<float>(bias);
}

// The gradient of one input plane, from all the output channels that see it.
void plane_gradient(const Geometry &g, int64_t plane, const float *dy, const float *weight, float *dx) {
    int64_t n = plane / g.channels, channel = plane % g.channels;
    float *to = dx + plane * g.h * g.w;
    std::fill(to, to + g.h * g.w, 0.0f);
    for (int64_t m = 0; m < g.multiplier; m++) {
        int64_t output = channel * g.multiplier + m;
        input_gradient_plane(g, dy + (n * g.outputs() + output) * g.out_h * g.out_w, weight + output * g.taps(), to);
    }
}

Geometry geometry(const Tensor &x, const Tensor &weight, const std::vector<int64_t> &a) {
    int64_t stride = a[0], pad_h = a[1], pad_w = a[2], dilation_h = a[3], dilation_w = a[4];
    int64_t kh = weight.size(2), kw = weight.size(3);
    return {x.size(0), x.size(1), weight.size(0) / x.size(1), x.size(2), x.size(3), kh, kw, stride, pad_h, pad_w, dilation_h, dilation_w,
            (x.size(2) + 2 * pad_h - dilation_h * (kh - 1) - 1) / stride + 1, x.size(3) + 2 * pad_w - dilation_w * (kw - 1)};
}

struct DepthwiseConv : torch::autograd::Function<DepthwiseConv> {
    static Tensor forward(AutogradContext *context, const Tensor &input, const Tensor &weight, const c10::optional<Tensor> &bias, std::vector<int64_t> attributes) {
        Tensor x = input.contiguous();
        Geometry g = geometry(x, weight, attributes);
        Tensor y = at::empty({g.n, g.outputs(), g.out_h, g.out_w}, x.options());
        const float *from = pt::in(x), *w = pt::in(weight), *b = bias ? pt::in(*bias) : nullptr;
        float *to = pt::out(y);
        at::parallel_for(0, g.n * g.outputs(), pt::grain(g.out_h * g.out_w * g.taps()), [&](int64_t begin, int64_t end) {
            for (int64_t p = begin; p < end; p++) {
                int64_t output = p % g.outputs(), input_plane = p / g.outputs() * g.channels + output / g.multiplier;
                forward_plane(g, from + input_plane * g.h * g.w, w + output * g.taps(), b == nullptr ? 0 : b[output], to + p * g.out_h * g.out_w);
            }
        });
        context->save_for_backward({x, weight, bias.value_or(Tensor())});
        context->saved_data["attributes"] = attributes;
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        Tensor x = saved[0], weight = saved[1], dy = gradients[0].contiguous();
        Geometry g = geometry(x, weight, context->saved_data["attributes"].toIntVector());
        Tensor dx, dw = at::empty_like(weight), db = saved[2].defined() ? at::empty_like(saved[2]) : Tensor();
        const float *dy_data = pt::in(dy), *x_data = pt::in(x);
        at::parallel_for(0, g.outputs(), 1, [&](int64_t begin, int64_t end) {
            for (int64_t c = begin; c < end; c++) channel_gradients(g, c, x_data, dy_data, pt::out(dw), db.defined() ? pt::out(db) : nullptr);
        });
        if (context->needs_input_grad(0)) {
            dx = at::empty_like(x);
            at::parallel_for(0, g.n * g.channels, pt::grain(g.h * g.w * g.taps()), [&](int64_t begin, int64_t end) {
                for (int64_t p = begin; p < end; p++) plane_gradient(g, p, dy_data, pt::in(weight), pt::out(dx));
            });
        }
        return {dx, dw, db, Tensor()};
    }
};

}  // namespace

// attributes: height stride, height and width padding, height and width dilation.
PT_EXPORT pt::Error *pt_depthwise_conv(Tensor *x, Tensor *weight, Tensor *bias, const int64_t *attributes, Tensor **result) {
    return pt::guard([&] {
        pt::check(*x);
        TORCH_CHECK(weight->size(1) == 1 && weight->size(0) % x->size(1) == 0, "not a depthwise convolution");
        *result = pt::hand_out(DepthwiseConv::apply(*x, *weight, pt::optional(bias), std::vector<int64_t>(attributes, attributes + 5)));
    });
}
