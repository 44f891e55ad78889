// Convolution by a 1 x 1 kernel: for each example a product of a small matrix and a picture's channels.
#include "kernels.h"

#include <vector>

using at::Tensor;
using pt::v8;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

constexpr int64_t Block = 16;  // columns worked on at once: two vectors

// Element (m, k) of the left matrix stands at a[m * row + k * column].
struct Left {
    const float *a;
    int64_t row, column;
};

template <int Rows>
PT_INLINE void multiply_block(const Left &left, const float *b, int64_t k_count, int64_t p_count, int64_t m, int64_t p, const float *bias, float *y) {
    v8 sums[Rows][2];
    for (int r = 0; r < Rows; r++) {
        float start = bias == nullptr ? 0 : bias[m + r];
        sums[r][0] = sums[r][1] = v8{} + start;
    }
    for (int64_t k = 0; k < k_count; k++) {
        const float *from = b + k * p_count + p;
        v8 low = *reinterpret_cast<const v8 *>(from), high = *reinterpret_cast<const v8 *>(from + 8);
        for (int r = 0; r < Rows; r++) {
            float c = left.a[(m + r) * left.row + k * left.column];
            sums[r][0] += low * c;
            sums[r][1] += high * c;
        }
    }
    for (int r = 0; r < Rows; r++) {
        float *to = y + (m + r) * p_count + p;
        *reinterpret_cast<v8 *>(to) = sums[r][0];
        *reinterpret_cast<v8 *>(to + 8) = sums[r][1];
    }
}

template <int Rows>
PT_INLINE void multiply_rows(const Left &left, const float *b, int64_t k_count, int64_t p_count, int64_t m, const float *bias, float *y) {
    int64_t p = 0;
    for (; p + Block <= p_count; p += Block) multiply_block<Rows>(left, b, k_count, p_count, m, p, bias, y);
    if (p < p_count && p_count >= Block) {
        // The last block overlaps the one before and writes the same values again.
        multiply_block<Rows>(left, b, k_count, p_count, m, p_count - Block, bias, y);
    } else {
        for (; p < p_count; p++) {
            for (int r = 0; r < Rows; r++) {
                float sum = bias == nullptr ? 0 : bias[m + r];
                for (int64_t k = 0; k < k_count; k++) sum += left.a[(m + r) * left.row + k * left.column] * b[k * p_count + p];
                y[(m + r) * p_count + p] = sum;
            }
        }
    }
}

// y[m_count, p_count] = left[m_count, k_count] b[k_count, p_count] + bias
PT_CLONES void multiply(const Left &left, const float *b, int64_t m_count, int64_t k_count, int64_t p_count, const float *bias, float *y) {
    int64_t m = 0;
    for (; m + 4 <= m_count; m += 4) multiply_rows<4>(left, b, k_count, p_count, m, bias, y);
    for (; m < m_count; m++) multiply_rows<1>(left, b, k_count, p_count, m, bias, y);
}

// Products of Rows rows of dy with Columns rows of x, added to sums.
template <int Rows, int Columns>
PT_INLINE void dot_block(const float *dy, const float *x, int64_t p_count, double *sums, int64_t stride) {
    v8 dots[Rows][Columns] = {};
    int64_t p = 0;
    for (; p + 8 <= p_count; p += 8) {
        for (int r = 0; r < Rows; r++) {
            v8 left = *reinterpret_cast<const v8 *>(dy + r * p_count + p);
            for (int c = 0; c < Columns; c++) dots[r][c] += left * *reinterpret_cast<const v8 *>(x + c * p_count + p);
        }
    }
    for (int r = 0; r < Rows; r++) {
        for (int c = 0; c < Columns; c++) {
            float rest = 0;
            for (int64_t q = p; q < p_count; q++) rest += dy[r * p_count + q] * x[c * p_count + q];
            sums[r * stride + c] += pt::sum_of(dots[r][c]) + rest;
        }
    }
}

template <int Rows>
PT_INLINE void dot_rows(const float *dy, const float *x, int64_t k_count, int64_t p_count, double *sums) {
    int64_t k = 0;
    for (; k + 4 <= k_count; k += 4) dot_block<Rows, 4>(dy, x + k * p_count, p_count, sums + k, k_count);
    for (; k < k_count; k++) dot_block<Rows, 1>(dy, x + k * p_count, p_count, sums + k, k_count);
}

// sums[rows, k_count] += dy[rows, p_count] x[k_count, p_count]^T
PT_CLONES void outer_products(const float *dy, const float *x, int64_t rows, int64_t k_count, int64_t p_count, double *sums) {
    int64_t m = 0;
    for (; m + 2 <= rows; m += 2) dot_rows<2>(dy + m * p_count, x, k_count, p_count, sums + m * k_count);
    for (; m < rows; m++) dot_rows<1>(dy + m * p_count, x, k_count, p_count, sums + m * k_count);
}

PT_CLONES double total(const float *values, int64_t count) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) sum += values[i];
    return sum;
}

struct PointwiseConv : torch::autograd::Function<PointwiseConv> {
    static Tensor forward(AutogradContext *context, const Tensor &input, const Tensor &weight, const pt::Optional<Tensor> &bias) {
        Tensor x = input.contiguous();
        int64_t n = x.size(0), k = x.size(1), p = x.size(2) * x.size(3), m = weight.size(0);
        Tensor y = at::empty({n, m, x.size(2), x.size(3)}, x.options());
        const float *from = pt::in(x), *b = bias ? pt::in(*bias) : nullptr;
        float *to = pt::out(y);
        Left left{pt::in(weight), k, 1};
        at::parallel_for(0, n, pt::grain(m * k * p), [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) multiply(left, from + i * k * p, m, k, p, b, to + i * m * p);
        });
        context->save_for_backward({x, weight, bias.value_or(Tensor())});
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        Tensor x = saved[0], weight = saved[1], dy = gradients[0].contiguous();
        int64_t n = x.size(0), k = x.size(1), p = x.size(2) * x.size(3), m = weight.size(0);
        Tensor dx, dw = at::empty_like(weight), db = saved[2].defined() ? at::empty_like(saved[2]) : Tensor();
        const float *dy_data = pt::in(dy), *x_data = pt::in(x);
        // Each thread has rows of the weights and goes through all examples, so that the order of the sum is the same for any number of threads.
        at::parallel_for(0, (m + 1) / 2, pt::grain(2 * n * k * p), [&](int64_t begin, int64_t end) {
            int64_t first = 2 * begin, rows = std::min(m, 2 * end) - first;
            std::vector<double> sums(rows * k);
            for (int64_t i = 0; i < n; i++) outer_products(dy_data + (i * m + first) * p, x_data + i * k * p, rows, k, p, sums.data());
            std::copy(sums.begin(), sums.end(), pt::out(dw) + first * k);
            for (int64_t r = first; db.defined() && r < first + rows; r++) {
                double sum = 0;
                for (int64_t i = 0; i < n; i++) sum += total(dy_data + (i * m + r) * p, p);
                pt::out(db)[r] = static_cast<float>(sum);
            }
        });
        if (context->needs_input_grad(0)) {
            dx = at::empty_like(x);
            Left left{pt::in(weight), 1, k};
            at::parallel_for(0, n, pt::grain(m * k * p), [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; i++) multiply(left, dy_data + i * m * p, k, m, p, nullptr, pt::out(dx) + i * k * p);
            });
        }
        return {dx, dw, db};
    }
};

}  // namespace

PT_EXPORT pt::Error *pt_pointwise_conv(Tensor *x, Tensor *weight, Tensor *bias, Tensor **result) {
    return pt::guard([&] {
        pt::check(*x);
        TORCH_CHECK(weight->size(2) == 1 && weight->size(3) == 1 && weight->size(1) == x->size(1), "not a pointwise convolution");
        *result = pt::hand_out(PointwiseConv::apply(*x, *weight, pt::optional(bias)));
    });
}
