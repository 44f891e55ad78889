// Random masks whose values depend on the seed alone: not on libtorch's version, the number of threads or what else was drawn.
#include "binding.h"

#include <ATen/Parallel.h>

using at::Tensor;

namespace {

// The n-th number of SplitMix64 (Steele, Lea and Flood 2014), n from 1; Contracts' StableRandom draws the same.
inline uint64_t split_mix(uint64_t seed, uint64_t n) {
    uint64_t z = seed + n * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

// A shift that fills with zeros; libtorch's copies the sign.
Tensor shifted(const Tensor &x, int64_t bits) { return at::bitwise_and(at::bitwise_right_shift(x, bits), (int64_t{1} << (64 - bits)) - 1); }

Tensor times(const Tensor &x, uint64_t factor) { return at::mul(x, static_cast<int64_t>(factor)); }

// The same draws with libtorch's operators, whose whole numbers of 64 bits wrap as unsigned ones do.
Tensor mask_on(c10::Device device, at::IntArrayRef sizes, uint64_t threshold, float scale, uint64_t seed) {
    Tensor n = at::arange(1, c10::multiply_integers(sizes) + 1, at::TensorOptions().dtype(at::kLong).device(device));
    Tensor z = at::add(times(n, 0x9E3779B97F4A7C15u), static_cast<int64_t>(seed));
    z = times(at::bitwise_xor(z, shifted(z, 30)), 0xBF58476D1CE4E5B9u);
    z = times(at::bitwise_xor(z, shifted(z, 27)), 0x94D049BB133111EBu);
    z = shifted(at::bitwise_xor(z, shifted(z, 31)), 11);
    return at::ge(z, static_cast<int64_t>(threshold)).to(at::kFloat).mul(scale).reshape(sizes);
}

}  // namespace

// plain: by libtorch's operators, which every device has.
// Element i is 0 where the i-th draw of [0, 1) is below the probability, else 1 / (1 - probability).
PT_EXPORT pt::Error *pt_dropout_mask(const int64_t *sizes, int32_t rank, double probability, uint64_t seed, pt::Place place, bool plain, Tensor **result) {
    return pt::guard([&] {
        // A draw has 53 bits; compared as whole numbers it needs no conversion.
        auto threshold = static_cast<uint64_t>(std::ceil(probability * 9007199254740992.0));
        float scale = static_cast<float>(1 / (1 - probability));
        if (plain) {
            *result = pt::hand_out(mask_on(pt::device(place), at::IntArrayRef(sizes, rank), threshold, scale, seed));
            return;
        }
        Tensor mask = at::empty(at::IntArrayRef(sizes, rank), at::TensorOptions().dtype(at::kFloat));
        float *data = mask.data_ptr<float>();
        at::parallel_for(0, mask.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) {
                data[i] = (split_mix(seed, i + 1) >> 11) < threshold ? 0 : scale;
            }
        });
        *result = pt::hand_out(std::move(mask));
    });
}
