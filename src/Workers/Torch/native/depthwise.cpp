// Convolution whose every output channel sees one input channel (depthwise, or the first layer over a one-channel picture), width stride 1.
// A plane is copied into one with zeros around it and rows of whole vectors, so that every tap is one unaligned load at a fixed distance, whatever the
// width: the columns beyond the picture are computed and dropped.
#include "kernels.h"

#include <vector>

using at::Tensor;
using pt::load;
using pt::v8;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

constexpr int64_t Lane = 8;

struct Geometry {
    int64_t n, channels, multiplier, h, w, kh, kw, stride, pad_h, pad_w, dilation_h, dilation_w, out_h, out_w;

    int64_t taps() const { return kh * kw; }
    int64_t outputs() const { return channels * multiplier; }
    int64_t span_h() const { return dilation_h * (kh - 1); }
    int64_t span_w() const { return dilation_w * (kw - 1); }
    // Rows of the padded input, and the distance between them; that of the padded gradient, whose rows stand stride apart, is the same.
    int64_t rows() const { return (out_h - 1) * stride + 1 + span_h(); }
    int64_t pitch() const { return (std::max(w, out_w) + span_w() + Lane - 1) / Lane * Lane; }
    // The last vector of a row looks past it by the span.
    int64_t padded(int64_t height) const { return height * pitch() + span_w() + Lane; }
};

// Where to put a picture of height x width into a padded plane of zeros: always the same place, so that the zeros around it stay.
struct Place {
    int64_t height, width, top, left, step;
};

void put(const Place &place, const float *from, int64_t pitch, float *plane) {
    for (int64_t r = 0; r < place.height; r++) {
        std::copy(from + r * place.width, from + (r + 1) * place.width, plane + (place.top + r * place.step) * pitch + place.left);
    }
}

// The distances of the taps from the first.
std::vector<int64_t> distances(const Geometry &g) {
    std::vector<int64_t> result;
    for (int64_t i = 0; i < g.kh; i++) {
        for (int64_t j = 0; j < g.kw; j++) result.push_back(i * g.dilation_h * g.pitch() + j * g.dilation_w);
    }
    return result;
}

// A picture to be made from a padded plane: row r from row r * step.
struct Target {
    int64_t height, width, step;
};

// Taps: how many there are, or 0 where that is known only at run time.
template <int Taps, int Vectors>
PT_INLINE void correlate_vectors(const float *from, const int64_t *distance, int64_t count, const float *weight, float bias, float *to, int64_t width) {
    v8 sums[Vectors];
    for (int v = 0; v < Vectors; v++) sums[v] = v8{} + bias;
    int64_t taps = Taps == 0 ? count : Taps;
    for (int64_t t = 0; t < taps; t++) {
        const float *at = from + distance[t];
        for (int v = 0; v < Vectors; v++) sums[v] += load<v8>(at + v * Lane) * weight[t];
    }
    for (int v = 0; v < Vectors; v++) {
        int64_t rest = width - v * Lane;
        if (rest >= Lane) *reinterpret_cast<v8 *>(to + v * Lane) = sums[v];
        else for (int64_t i = 0; i < rest; i++) to[v * Lane + i] = sums[v][i];
    }
}

template <int Taps>
PT_INLINE void correlate_rows(const Target &target, const float *plane, int64_t pitch, const int64_t *distance, int64_t count, const float *weight, float bias, float *to) {
    for (int64_t r = 0; r < target.height; r++) {
        const float *from = plane + r * target.step * pitch;
        float *row = to + r * target.width;
        int64_t q = 0;
        for (; q + 4 * Lane <= target.width; q += 4 * Lane) correlate_vectors<Taps, 4>(from + q, distance, count, weight, bias, row + q, target.width - q);
        for (; q < target.width; q += Lane) correlate_vectors<Taps, 1>(from + q, distance, count, weight, bias, row + q, target.width - q);
    }
}

PT_CLONES void correlate(const Target &target, const float *plane, int64_t pitch, const int64_t *distance, int64_t count, const float *weight, float bias, float *to) {
    switch (count) {
        case 3: return correlate_rows<3>(target, plane, pitch, distance, count, weight, bias, to);
        case 9: return correlate_rows<9>(target, plane, pitch, distance, count, weight, bias, to);
        default: return correlate_rows<0>(target, plane, pitch, distance, count, weight, bias, to);
    }
}

// The products of a padded gradient's rows, dense, with the padded input's, for Taps neighbouring taps; sums in two chains each.
template <int Taps>
PT_INLINE void products(const Geometry &g, const float *x, const float *dy, const int64_t *distance, double *dw) {
    v8 sums[Taps][2] = {};
    int64_t pitch = g.pitch(), width = (g.out_w + Lane - 1) / Lane * Lane;
    for (int64_t r = 0; r < g.out_h; r++) {
        const float *from = x + r * g.stride * pitch, *row = dy + r * pitch;
        int64_t q = 0;
        for (; q + 2 * Lane <= width; q += 2 * Lane) {
            v8 low = load<v8>(row + q), high = load<v8>(row + q + Lane);
            for (int t = 0; t < Taps; t++) {
                sums[t][0] += low * load<v8>(from + q + distance[t]);
                sums[t][1] += high * load<v8>(from + q + distance[t] + Lane);
            }
        }
        if (q < width) {
            v8 low = load<v8>(row + q);
            for (int t = 0; t < Taps; t++) sums[t][0] += low * load<v8>(from + q + distance[t]);
        }
    }
    for (int t = 0; t < Taps; t++) dw[t] += pt::sum_of(sums[t][0] + sums[t][1]);
}

PT_CLONES void weight_gradient_plane(const Geometry &g, const float *x, const float *dy, const int64_t *distance, double *dw) {
    int64_t t = 0;
    for (; t + 5 <= g.taps(); t += 5) products<5>(g, x, dy, distance + t, dw + t);
    for (; t + 3 <= g.taps(); t += 3) products<3>(g, x, dy, distance + t, dw + t);
    for (; t < g.taps(); t++) products<1>(g, x, dy, distance + t, dw + t);
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
    std::vector<int64_t> distance = distances(g);
    double bias = 0;
    int64_t plane = g.out_h * g.out_w;
    std::vector<float> x_plane(g.padded(g.rows())), dy_plane(g.padded(g.out_h));
    for (int64_t n = 0; n < g.n; n++) {
        const float *gradient = dy + (n * g.outputs() + channel) * plane;
        put({std::min(g.h, g.rows() - g.pad_h), g.w, g.pad_h, g.pad_w, 1}, x + (n * g.channels + channel / g.multiplier) * g.h * g.w, g.pitch(), x_plane.data());
        put({g.out_h, g.out_w, 0, 0, 1}, gradient, g.pitch(), dy_plane.data());
        weight_gradient_plane(g, x_plane.data(), dy_plane.data(), distance.data(), sums.data());
        if (db != nullptr) bias += total(gradient, plane);
    }
    std::copy(sums.begin(), sums.end(), dw + channel * g.taps());
    if (db != nullptr) db[channel] = static_cast<float>(bias);
}

// The gradients of the input planes from begin to end, each from all the output channels that see it: the gradient of the output, its rows stride apart,
// under the kernel turned by half a turn.
void plane_gradients(const Geometry &g, int64_t begin, int64_t end, const float *dy, const float *weight, float *dx) {
    int64_t top = g.span_h() - g.pad_h;
    std::vector<float> plane(g.padded(g.h + g.span_h())), turned(g.taps()), sum(g.multiplier > 1 ? g.h * g.w : 0);
    std::vector<int64_t> distance = distances(g);
    for (int64_t p = begin; p < end; p++) {
        float *to = dx + p * g.h * g.w;
        for (int64_t m = 0; m < g.multiplier; m++) {
            int64_t output = p % g.channels * g.multiplier + m;
            put({g.out_h, g.out_w, top, g.span_w() - g.pad_w, g.stride}, dy + (p / g.channels * g.outputs() + output) * g.out_h * g.out_w, g.pitch(), plane.data());
            std::reverse_copy(weight + output * g.taps(), weight + (output + 1) * g.taps(), turned.begin());
            correlate({g.h, g.w, 1}, plane.data(), g.pitch(), distance.data(), g.taps(), turned.data(), 0, m == 0 ? to : sum.data());
            for (int64_t i = 0; m > 0 && i < g.h * g.w; i++) to[i] += sum[i];
        }
    }
}

// The output planes from begin to end.
void planes(const Geometry &g, int64_t begin, int64_t end, const float *x, const float *weight, const float *bias, float *y) {
    int64_t held = -1;
    std::vector<float> plane(g.padded(g.rows()));
    std::vector<int64_t> distance = distances(g);
    for (int64_t p = begin; p < end; p++) {
        int64_t output = p % g.outputs(), input = p / g.outputs() * g.channels + output / g.multiplier;
        if (input != held) {
            put({std::min(g.h, g.rows() - g.pad_h), g.w, g.pad_h, g.pad_w, 1}, x + input * g.h * g.w, g.pitch(), plane.data());
            held = input;
        }
        correlate({g.out_h, g.out_w, g.stride}, plane.data(), g.pitch(), distance.data(), g.taps(), weight + output * g.taps(), bias == nullptr ? 0 : bias[output],
                  y + p * g.out_h * g.out_w);
    }
}

Geometry geometry(const Tensor &x, const Tensor &weight, const std::vector<int64_t> &a) {
    int64_t stride = a[0], pad_h = a[1], pad_w = a[2], dilation_h = a[3], dilation_w = a[4];
    int64_t kh = weight.size(2), kw = weight.size(3);
    return {x.size(0), x.size(1), weight.size(0) / x.size(1), x.size(2), x.size(3), kh, kw, stride, pad_h, pad_w, dilation_h, dilation_w,
            (x.size(2) + 2 * pad_h - dilation_h * (kh - 1) - 1) / stride + 1, x.size(3) + 2 * pad_w - dilation_w * (kw - 1)};
}

struct DepthwiseConv : torch::autograd::Function<DepthwiseConv> {
    static Tensor forward(AutogradContext *context, const Tensor &input, const Tensor &weight, const pt::Optional<Tensor> &bias, std::vector<int64_t> attributes) {
        Tensor x = input.contiguous();
        Geometry g = geometry(x, weight, attributes);
        Tensor y = at::empty({g.n, g.outputs(), g.out_h, g.out_w}, x.options());
        const float *b = bias ? pt::in(*bias) : nullptr;
        at::parallel_for(0, g.n * g.outputs(), pt::grain(g.out_h * g.out_w * g.taps()), [&](int64_t begin, int64_t end) {
            planes(g, begin, end, pt::in(x), pt::in(weight), b, pt::out(y));
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
        at::parallel_for(0, g.outputs(), 1, [&](int64_t begin, int64_t end) {
            for (int64_t c = begin; c < end; c++) channel_gradients(g, c, pt::in(x), pt::in(dy), pt::out(dw), db.defined() ? pt::out(db) : nullptr);
        });
        if (context->needs_input_grad(0)) {
            dx = at::empty_like(x);
            at::parallel_for(0, g.n * g.channels, pt::grain(g.h * g.w * g.taps()), [&](int64_t begin, int64_t end) {
                plane_gradients(g, begin, end, pt::in(dy), pt::in(weight), pt::out(dx));
            });
        }
        return {dx, dw, db, Tensor()};
    }
};

}  // namespace

// attributes: height stride, height and width padding, height and width dilation. The padding may not reach past the kernel.
PT_EXPORT pt::Error *pt_depthwise_conv(Tensor *x, Tensor *weight, Tensor *bias, const int64_t *attributes, Tensor **result) {
    return pt::guard([&] {
        pt::check(*x);
        TORCH_CHECK(weight->size(1) == 1 && weight->size(0) % x->size(1) == 0, "not a depthwise convolution");
        std::vector<int64_t> a(attributes, attributes + 5);
        Geometry g = geometry(*x, *weight, a);
        TORCH_CHECK(g.pad_h <= g.span_h() && g.pad_w <= g.span_w() && g.out_h > 0 && g.out_w > 0, "the padding reaches past the kernel, or the kernel past the input");
        *result = pt::hand_out(DepthwiseConv::apply(*x, *weight, pt::optional(bias), a));
    });
}
