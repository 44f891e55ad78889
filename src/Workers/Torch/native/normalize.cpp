// Batch normalisation, of channels or of their frequency sub-bands, with what often follows it: max(x, 0), and the mean over height.
#include "kernels.h"

#include <cmath>
#include <vector>

using at::Tensor;
using pt::load;
using pt::v8;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

// Every channel falls into groups of rows; each group of a channel is normalised by itself.
struct Layout {
    int64_t n, channels, groups, height, width;

    int64_t rows() const { return height / groups; }
    int64_t chunk() const { return rows() * width; }
    int64_t at(int64_t i, int64_t channel, int64_t group) const { return ((i * channels + channel) * groups + group) * chunk(); }
    double count() const { return static_cast<double>(n) * chunk(); }
};

struct Moments {
    double mean, deviations;  // deviations: the sum of squares about the mean
};

PT_CLONES Moments moments(const float *x, int64_t count) {
    pt::Sum sum, squares;
    int64_t i = 0;
    for (; i + 32 <= count; i += 32) {
        for (int c = 0; c < 4; c++) sum.chains[c] += load<v8>(x + i + 8 * c);
    }
    for (; i < count; i++) sum.rest += x[i];
    float mean = sum.total() / static_cast<float>(count);
    for (i = 0; i + 32 <= count; i += 32) {
        for (int c = 0; c < 4; c++) {
            v8 difference = load<v8>(x + i + 8 * c) - mean;
            squares.chains[c] += difference * difference;
        }
    }
    for (; i < count; i++) squares.rest += (x[i] - mean) * (x[i] - mean);
    return {mean, squares.total()};
}

// Over all examples; chunks are joined as Chan, Golub and LeVeque (1983) do, which loses nothing where the mean is far from 0.
Moments group_moments(const Layout &l, const float *x, int64_t channel, int64_t group) {
    double mean = 0, deviations = 0, count = 0;
    for (int64_t i = 0; i < l.n; i++) {
        Moments chunk = moments(x + l.at(i, channel, group), l.chunk());
        double difference = chunk.mean - mean, both = count + l.chunk();
        mean += difference * l.chunk() / both;
        deviations += chunk.deviations + difference * difference * count * l.chunk() / both;
        count = both;
    }
    return {mean, deviations};
}

PT_CLONES void affine(const float *__restrict x, float scale, float shift, bool relu, float *__restrict y, int64_t count) {
    float least = relu ? 0 : -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        float value = x[i] * scale + shift;
        y[i] = value < least ? least : value;  // a NaN stays one
    }
}

PT_CLONES void mean_over_height(const float *__restrict y, int64_t height, int64_t width, float *__restrict mean) {
    std::fill(mean, mean + width, 0.0f);
    for (int64_t h = 0; h < height; h++) {
        for (int64_t w = 0; w < width; w++) mean[w] += y[h * width + w];
    }
    for (int64_t w = 0; w < width; w++) mean[w] /= static_cast<float>(height);
}

// The gradient that arrives at a normalised value: what came for it, what came for the mean over height, and nothing where max(x, 0) cut it.
struct Arriving {
    float per_row;  // 1 / height
    float scale, shift, mean;
};

// T is a float, or eight of them.
template <bool Relu, bool Mean, class T>
PT_INLINE T arriving(const Arriving &a, T dy, T dmean, T x) {
    T g = Mean ? dy + dmean * a.per_row : dy;
    return Relu ? (x * a.scale + a.shift > 0 ? g : T{}) : g;
}

template <bool Relu, bool Mean, class T>
PT_INLINE T arriving_at(const Arriving &a, const float *x, const float *dy, const float *dmean, int64_t i) {
    return arriving<Relu, Mean, T>(a, load<T>(dy + i), Mean ? load<T>(dmean + i) : T{}, load<T>(x + i));
}

template <bool Relu, bool Mean>
PT_INLINE void add_sums(const Arriving &a, const float *x, const float *dy, const float *dmean, int64_t rows, int64_t width, double *sums) {
    pt::Sum sum, correlation;  // over all rows, since they are short
    for (int64_t r = 0; r < rows; r++) {
        int64_t i = 0;
        for (; i + 32 <= width; i += 32) {
            for (int c = 0; c < 4; c++) {
                v8 g = arriving_at<Relu, Mean, v8>(a, x, dy, dmean, i + 8 * c);
                sum.chains[c] += g;
                correlation.chains[c] += g * (load<v8>(x + i + 8 * c) - a.mean);
            }
        }
        for (; i + 8 <= width; i += 8) {
            v8 g = arriving_at<Relu, Mean, v8>(a, x, dy, dmean, i);
            sum.chains[0] += g;
            correlation.chains[0] += g * (load<v8>(x + i) - a.mean);
        }
        for (; i < width; i++) {
            float g = arriving_at<Relu, Mean, float>(a, x, dy, dmean, i);
            sum.rest += g;
            correlation.rest += g * (x[i] - a.mean);
        }
        x += width;
        dy += width;
    }
    sums[0] += sum.total();
    sums[1] += correlation.total();
}

PT_CLONES void gradient_sums(const Arriving &a, bool relu, const float *x, const float *dy, const float *dmean, int64_t rows, int64_t width, double *sums) {
    if (dmean == nullptr) {
        if (relu) add_sums<true, false>(a, x, dy, nullptr, 1, rows * width, sums);
        else add_sums<false, false>(a, x, dy, nullptr, 1, rows * width, sums);
    } else {
        if (relu) add_sums<true, true>(a, x, dy, dmean, rows, width, sums);
        else add_sums<false, true>(a, x, dy, dmean, rows, width, sums);
    }
}

// dx = gain (g - offset - slope (x - mean))
struct Linear {
    float gain, offset, slope;
};

template <bool Relu, bool Mean>
PT_INLINE void write_gradient(
    const Arriving &a, const Linear &l, const float *__restrict x, const float *__restrict dy, const float *__restrict dmean, float *__restrict dx, int64_t rows,
    int64_t width) {
    for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
        for (int64_t i = 0; i < width; i++) {
            float g = arriving<Relu, Mean, float>(a, dy[i], Mean ? dmean[i] : 0, x[i]);
            dx[i] = l.gain * (g - l.offset - l.slope * (x[i] - a.mean));
        }
        x += width;
        dy += width;
        dx += width;
    }
}

PT_CLONES void input_gradient(
    const Arriving &a, const Linear &l, bool relu, const float *x, const float *dy, const float *dmean, float *dx, int64_t rows, int64_t width) {
    if (dmean == nullptr) {
        if (relu) write_gradient<true, false>(a, l, x, dy, nullptr, dx, 1, rows * width);
        else write_gradient<false, false>(a, l, x, dy, nullptr, dx, 1, rows * width);
    } else {
        if (relu) write_gradient<true, true>(a, l, x, dy, dmean, dx, rows, width);
        else write_gradient<false, true>(a, l, x, dy, dmean, dx, rows, width);
    }
}

struct Normalize : torch::autograd::Function<Normalize> {
    static variable_list forward(
        AutogradContext *context, const Tensor &input, const Tensor &weight, const Tensor &bias, Tensor running_mean, Tensor running_var, int64_t groups,
        bool training, double momentum, double eps, bool relu, bool with_mean) {
        Tensor x = input.contiguous();
        Layout l{x.size(0), x.size(1), groups, x.size(2), x.size(3)};
        Tensor y = at::empty_like(x), row_mean = with_mean ? at::empty({l.n, l.channels, 1, l.width}, x.options()) : Tensor();
        Tensor mean = at::empty_like(weight), inverse = at::empty_like(weight);
        const float *x_data = pt::in(x);
        at::parallel_for(0, l.channels, pt::grain(l.n * l.height * l.width), [&](int64_t begin, int64_t end) {
            for (int64_t c = begin; c < end; c++) {
                for (int64_t g = 0; g < groups; g++) {
                    int64_t k = c * groups + g;
                    if (training) {
                        Moments m = group_moments(l, x_data, c, g);
                        pt::out(mean)[k] = static_cast<float>(m.mean);
                        pt::out(inverse)[k] = static_cast<float>(1 / std::sqrt(m.deviations / l.count() + eps));
                        update(pt::out(running_mean)[k], m.mean, momentum);
                        update(pt::out(running_var)[k], m.deviations / std::max(1.0, l.count() - 1), momentum);
                    } else {
                        pt::out(mean)[k] = pt::in(running_mean)[k];
                        pt::out(inverse)[k] = static_cast<float>(1 / std::sqrt(pt::in(running_var)[k] + eps));
                    }
                    float scale = pt::in(weight)[k] * pt::in(inverse)[k], shift = pt::in(bias)[k] - pt::in(mean)[k] * scale;
                    for (int64_t i = 0; i < l.n; i++) affine(x_data + l.at(i, c, g), scale, shift, relu, pt::out(y) + l.at(i, c, g), l.chunk());
                }
                for (int64_t i = 0; with_mean && i < l.n; i++) {
                    mean_over_height(pt::in(y) + l.at(i, c, 0), l.height, l.width, pt::out(row_mean) + (i * l.channels + c) * l.width);
                }
            }
        });
        context->save_for_backward({x, weight, bias, mean, inverse});
        context->saved_data["groups"] = groups;
        context->saved_data["relu"] = relu;
        context->saved_data["training"] = training;
        if (with_mean) return {y, row_mean};
        return {y};
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        Tensor x = saved[0], weight = saved[1], bias = saved[2], mean = saved[3], inverse = saved[4];
        TORCH_CHECK(context->saved_data["training"].toBool(), "gradients of a normalisation by running statistics are not there");
        int64_t groups = context->saved_data["groups"].toInt();
        bool relu = context->saved_data["relu"].toBool();
        Layout l{x.size(0), x.size(1), groups, x.size(2), x.size(3)};
        Tensor dy = gradients[0].defined() ? gradients[0].contiguous() : at::zeros_like(x);
        Tensor dmean = gradients.size() > 1 && gradients[1].defined() ? gradients[1].contiguous() : Tensor();
        Tensor dx = at::empty_like(x), dweight = at::empty_like(weight), dbias = at::empty_like(bias);
        at::parallel_for(0, l.channels * groups, pt::grain(l.n * l.chunk()), [&](int64_t begin, int64_t end) {
            for (int64_t k = begin; k < end; k++) {
                int64_t c = k / groups, g = k % groups;
                float m = pt::in(mean)[k], inv = pt::in(inverse)[k], scale = pt::in(weight)[k] * inv;
                Arriving a{1.0f / static_cast<float>(l.height), scale, pt::in(bias)[k] - m * scale, m};
                auto mean_row = [&](int64_t i) { return dmean.defined() ? pt::in(dmean) + (i * l.channels + c) * l.width : nullptr; };
                double sums[2] = {0, 0};
                for (int64_t i = 0; i < l.n; i++) {
                    gradient_sums(a, relu, pt::in(x) + l.at(i, c, g), pt::in(dy) + l.at(i, c, g), mean_row(i), l.rows(), l.width, sums);
                }
                pt::out(dbias)[k] = static_cast<float>(sums[0]);
                pt::out(dweight)[k] = static_cast<float>(sums[1] * inv);
                Linear line{scale, static_cast<float>(sums[0] / l.count()), static_cast<float>(sums[1] * inv * inv / l.count())};
                for (int64_t i = 0; i < l.n; i++) {
                    input_gradient(
                        a, line, relu, pt::in(x) + l.at(i, c, g), pt::in(dy) + l.at(i, c, g), mean_row(i), pt::out(dx) + l.at(i, c, g), l.rows(), l.width);
                }
            }
        });
        Tensor none;
        return {dx, dweight, dbias, none, none, none, none, none, none, none, none};
    }

private:
    static void update(float &running, double batch, double momentum) { running = static_cast<float>((1 - momentum) * running + momentum * batch); }
};

}  // namespace

// mean: where the mean over height goes; null where it is not wanted.
PT_EXPORT pt::Error *pt_normalize(
    Tensor *x, Tensor *running_mean, Tensor *running_var, Tensor *weight, Tensor *bias, int64_t groups, bool training, double momentum, double eps, bool relu,
    bool with_mean, Tensor **result, Tensor **mean) {
    return pt::guard([&] {
        pt::check(*x);
        TORCH_CHECK(x->dim() == 4 && x->size(2) % groups == 0 && weight->numel() == x->size(1) * groups, "the statistics do not fit the input");
        auto results = Normalize::apply(*x, *weight, *bias, *running_mean, *running_var, groups, training, momentum, eps, relu, with_mean);
        *result = pt::hand_out(results[0]);
        *mean = with_mean ? pt::hand_out(results[1]) : nullptr;
    });
}
