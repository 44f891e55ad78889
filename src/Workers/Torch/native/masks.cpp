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

}  // namespace

// Element i is 0 where the i-th draw of [0, 1) is below the probability, else 1 / (1 - probability).
PT_EXPORT pt::Error *pt_dropout_mask(const int64_t *sizes, int32_t rank, double probability, uint64_t seed, Tensor **result) {
    return pt::guard([&] {
        Tensor mask = at::empty(at::IntArrayRef(sizes, rank), at::TensorOptions().dtype(at::kFloat));
        float *data = mask.data_ptr<float>();
        float scale = static_cast<float>(1 / (1 - probability));
        // A draw has 53 bits; compared as whole numbers it needs no conversion.
        auto threshold = static_cast<uint64_t>(std::ceil(probability * 9007199254740992.0));
        at::parallel_for(0, mask.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) {
                data[i] = (split_mix(seed, i + 1) >> 11) < threshold ? 0 : scale;
            }
        });
        *result = pt::hand_out(std::move(mask));
    });
}
