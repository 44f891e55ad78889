// A long short-term memory with its gradients. libtorch records some fifteen small operators for each step; this multiplies matrices for all steps at once
// wherever the recurrence allows it, and computes the gates of a step in one pass.
#include "kernels.h"

#include <vector>

using at::Tensor;
using pt::load;
using pt::v8;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

typedef int32_t w8 __attribute__((vector_size(32), aligned(4), may_alias));

// e^x by Cody and Waite's reduction to |r| <= ln 2 / 2 and a polynomial of degree 7 (Cephes); within 2 units in the last place.
PT_INLINE v8 exp_of(v8 x) {
    constexpr float Round = 12582912;  // 1.5 * 2^23: its sum with a number has the nearest whole number in its low bits
    x = x > 87 ? v8{} + 87 : x;
    x = x < -87 ? v8{} - 87 : x;
    v8 shifted = x * 1.44269504f + Round, n = shifted - Round;
    v8 r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    v8 y = r * 1.9875691500e-4f + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * r * r + r + 1;
    w8 power = ((w8)shifted - 0x4B400000 + 127) << 23;
    return y * (v8)power;
}

PT_INLINE v8 sigmoid(v8 x) { return 1 / (1 + exp_of(-x)); }
PT_INLINE v8 tangent(v8 x) { return 2 * sigmoid(2 * x) - 1; }
PT_INLINE void store(float *to, v8 value) { *reinterpret_cast<v8 *>(to) = value; }

// The gates of one example's step, in the order input, output, forget, cell, before and after their functions; the cell and the hidden state after it.
PT_INLINE void step_vector(float *gates, const float *before, float *cell, float *hidden, int64_t units, int64_t u) {
    v8 i = sigmoid(load<v8>(gates + u)), o = sigmoid(load<v8>(gates + units + u)), f = sigmoid(load<v8>(gates + 2 * units + u));
    v8 g = tangent(load<v8>(gates + 3 * units + u)), c = i * g;
    if (before != nullptr) c += f * load<v8>(before + u);
    store(gates + u, i);
    store(gates + units + u, o);
    store(gates + 2 * units + u, f);
    store(gates + 3 * units + u, g);
    store(cell + u, c);
    store(hidden + u, o * tangent(c));
}

PT_CLONES void step_forward(float *gates, const float *before, float *cell, float *hidden, int64_t units) {
    for (int64_t u = 0; u < units; u += 8) step_vector(gates, before, cell, hidden, units, u);
}

// Turns gates into the gradients of what they were functions of; dcell: that of the cell after the step, and then that of the cell before it.
PT_CLONES void step_backward(float *gates, const float *before, const float *cell, const float *dhidden, float *dcell, int64_t units) {
    for (int64_t u = 0; u < units; u += 8) {
        v8 i = load<v8>(gates + u), o = load<v8>(gates + units + u), f = load<v8>(gates + 2 * units + u), g = load<v8>(gates + 3 * units + u);
        v8 dh = load<v8>(dhidden + u), squeezed = tangent(load<v8>(cell + u));
        v8 dc = load<v8>(dcell + u) + dh * o * (1 - squeezed * squeezed);
        store(gates + u, dc * g * i * (1 - i));
        store(gates + units + u, dh * squeezed * o * (1 - o));
        store(gates + 2 * units + u, before == nullptr ? v8{} : dc * load<v8>(before + u) * f * (1 - f));
        store(gates + 3 * units + u, dc * i * (1 - g * g));
        store(dcell + u, dc * f);
    }
}

// For all examples of a step. The tensors are [N, 4 H] and [N, H].
void all_forward(Tensor gates, const Tensor &before, Tensor cell, Tensor hidden) {
    int64_t units = cell.size(1);
    at::parallel_for(0, cell.size(0), pt::grain(16 * units), [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; n++) {
            step_forward(
                pt::out(gates) + n * 4 * units, before.defined() ? pt::in(before) + n * units : nullptr, pt::out(cell) + n * units, pt::out(hidden) + n * units, units);
        }
    });
}

void all_backward(Tensor gates, const Tensor &before, const Tensor &cell, const Tensor &dhidden, Tensor dcell) {
    int64_t units = cell.size(1);
    at::parallel_for(0, cell.size(0), pt::grain(16 * units), [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; n++) {
            step_backward(
                pt::out(gates) + n * 4 * units, before.defined() ? pt::in(before) + n * units : nullptr, pt::in(cell) + n * units, pt::in(dhidden) + n * units,
                pt::out(dcell) + n * units, units);
        }
    });
}

struct Lstm : torch::autograd::Function<Lstm> {
    // x [T, N, K]; one bias for each gate. Makes every hidden state, [T, N, H].
    static Tensor forward(AutogradContext *context, const Tensor &input, const Tensor &weight, const Tensor &recurrent, const Tensor &bias) {
        Tensor x = input.contiguous();
        int64_t steps = x.size(0), count = x.size(1), units = recurrent.size(1);
        Tensor gates = at::addmm(bias, x.view({steps * count, x.size(2)}), weight.t()).view({steps, count, 4 * units});
        Tensor cells = at::empty({steps, count, units}, x.options()), hidden = at::empty_like(cells);
        for (int64_t t = 0; t < steps; t++) {
            if (t > 0) gates[t].addmm_(hidden[t - 1], recurrent.t());
            all_forward(gates[t], t > 0 ? cells[t - 1] : Tensor(), cells[t], hidden[t]);
        }
        context->save_for_backward({x, weight, recurrent, hidden});
        context->saved_data["gates"] = gates;
        context->saved_data["cells"] = cells;
        return hidden;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        Tensor x = saved[0], weight = saved[1], recurrent = saved[2], hidden = saved[3], dhidden = gradients[0].contiguous();
        Tensor cells = context->saved_data["cells"].toTensor(), dgates = context->saved_data["gates"].toTensor().clone();
        int64_t steps = x.size(0), count = x.size(1), units = recurrent.size(1);
        Tensor dcell = at::zeros({count, units}, x.options());
        for (int64_t t = steps - 1; t >= 0; t--) {
            Tensor dh = t == steps - 1 ? dhidden[t] : at::addmm(dhidden[t], dgates[t + 1], recurrent);
            all_backward(dgates[t], t > 0 ? cells[t - 1] : Tensor(), cells[t], dh, dcell);
        }
        Tensor flat = dgates.view({steps * count, 4 * units});
        Tensor dx = context->needs_input_grad(0) ? at::mm(flat, weight).view_as(x) : Tensor();
        int64_t rows = (steps - 1) * count;
        return {dx, at::mm(flat.t(), x.view({steps * count, x.size(2)})), at::mm(flat.narrow(0, count, rows).t(), hidden.view({steps * count, units}).narrow(0, 0, rows)), flat.sum(0)};
    }
};

}  // namespace

// x [N, 1, T, K], weight [4 H, K], recurrent [4 H, H], H a multiple of 8; bias [4 H], or [8 H], whose halves are added up.
PT_EXPORT pt::Error *pt_lstm_fused(Tensor *x, Tensor *weight, Tensor *recurrent, Tensor *bias, bool last_only, Tensor **result) {
    return pt::guard([&] {
        pt::check(*x);
        TORCH_CHECK(recurrent->size(1) % 8 == 0, "this kernel takes units in multiples of 8");
        Tensor both = bias->numel() == weight->size(0) ? *bias : bias->view({2, weight->size(0)}).sum(0);
        Tensor states = Lstm::apply(x->squeeze(1).transpose(0, 1), *weight, *recurrent, both);
        *result = pt::hand_out((last_only ? states.narrow(0, states.size(0) - 1, 1) : states).transpose(0, 1).unsqueeze(1));
    });
}
