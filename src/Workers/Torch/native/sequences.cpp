// Recurrent layers. Sequences are [N, 1, T, K].
#include "binding.h"

#include <vector>

using at::Tensor;
using pt::guard;
using pt::hand_out;

namespace {

// Gates in the order input, output, forget, cell (ONNX) put into that of libtorch: input, forget, cell, output.
Tensor reordered(const Tensor &gates) {
    std::vector<Tensor> g = gates.chunk(4, 0);
    return at::cat({g[0], g[2], g[3], g[1]}, 0);
}

// Gates in the order update, reset, hidden (ONNX) put into that of libtorch: reset, update, hidden.
Tensor reset_first(const Tensor &gates) {
    std::vector<Tensor> g = gates.chunk(3, 0);
    return at::cat({g[1], g[0], g[2]}, 0);
}

// The input's and the recurrence's biases; a layer that has one bias for each row has none for the recurrence.
std::vector<Tensor> biases(const Tensor &bias, int64_t rows) {
    if (bias.numel() == rows) {
        return {bias, at::zeros_like(bias)};
    }
    return bias.chunk(2, 0);
}

Tensor hidden_states(const Tensor &states, bool last_only) { return (last_only ? states.narrow(1, states.size(1) - 1, 1) : states).unsqueeze(1); }

}  // namespace

PT_EXPORT pt::Error *pt_lstm(Tensor *x, Tensor *weight, Tensor *recurrent, Tensor *bias, bool last_only, Tensor **result) {
    return guard([&] {
        std::vector<Tensor> b = biases(*bias, weight->size(0));
        std::vector<Tensor> parameters = {reordered(*weight), reordered(*recurrent), reordered(b[0]), reordered(b[1])};
        Tensor zero = at::zeros({1, x->size(0), recurrent->size(1)}, x->options());
        Tensor states = std::get<0>(at::lstm(
            x->squeeze(1), {zero, zero}, parameters, /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0, /*train=*/false, /*bidirectional=*/false,
            /*batch_first=*/true));
        *result = hand_out(hidden_states(states, last_only));
    });
}

PT_EXPORT pt::Error *pt_gru(Tensor *x, Tensor *weight, Tensor *recurrent, Tensor *bias, bool last_only, Tensor **result) {
    return guard([&] {
        std::vector<Tensor> b = bias->chunk(2, 0);
        std::vector<Tensor> parameters = {reset_first(*weight), reset_first(*recurrent), reset_first(b[0]), reset_first(b[1])};
        Tensor zero = at::zeros({1, x->size(0), recurrent->size(1)}, x->options());
        Tensor states = std::get<0>(at::gru(
            x->squeeze(1), zero, parameters, /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0, /*train=*/false, /*bidirectional=*/false,
            /*batch_first=*/true));
        *result = hand_out(hidden_states(states, last_only));
    });
}

PT_EXPORT pt::Error *pt_rnn(Tensor *x, Tensor *weight, Tensor *recurrent, Tensor *bias, Tensor **result) {
    return guard([&] {
        std::vector<Tensor> b = biases(*bias, weight->size(0));
        Tensor zero = at::zeros({1, x->size(0), recurrent->size(1)}, x->options());
        Tensor states = std::get<0>(at::rnn_tanh(
            x->squeeze(1), zero, {*weight, *recurrent, b[0], b[1]}, /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0, /*train=*/false,
            /*bidirectional=*/false, /*batch_first=*/true));
        *result = hand_out(hidden_states(states, /*last_only=*/false));
    });
}
