// What the kernels for small convolutional models share. libtorch's own operators are made for wide layers; with 8 to 32 channels most of their time goes into
// memory traffic and set-up. These keep one channel's plane in the first-level cache and fuse what reads the same data.
// Sums run in an order that depends on neither the number of threads nor the machine, partial sums in double precision.
#pragma once

#include "binding.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

// Compiled twice, for processors with and without AVX2 and FMA; the loader chooses.
#if defined(__x86_64__)
#define PT_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define PT_CLONES
#endif
#define PT_INLINE static inline __attribute__((always_inline))

// Vectors are passed between inlined functions alone, so that how they would be passed otherwise does not matter; a template forgets of a vector only that
// it may lie anywhere in memory, which `load` sees to.
#pragma GCC diagnostic ignored "-Wpsabi"
#pragma GCC diagnostic ignored "-Wignored-attributes"

namespace pt {

// Eight floats, loaded from anywhere.
typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));

PT_INLINE float sum_of(v8 v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

// A sum in four chains of eight lanes, since one addition waits four cycles for the one before it in its chain.
struct Sum {
    v8 chains[4] = {};
    float rest = 0;

    __attribute__((always_inline)) float total() const { return sum_of((chains[0] + chains[1]) + (chains[2] + chains[3])) + rest; }
};

// A float, or eight neighbouring ones.
template <class T>
PT_INLINE T load(const float *values) {
    if constexpr (sizeof(T) == sizeof(float)) {
        return *values;
    } else {
        return *reinterpret_cast<const v8 *>(values);
    }
}

inline const float *in(const at::Tensor &t) { return t.data_ptr<float>(); }
inline float *out(const at::Tensor &t) { return t.data_ptr<float>(); }

inline void check(const at::Tensor &t) {
    TORCH_CHECK(t.device().is_cpu() && t.scalar_type() == at::kFloat, "this kernel takes float32 tensors in the machine's memory");
}

// Work items handed to a thread at a time, so that starting threads never costs more than the work: about 32,000 elements.
inline int64_t grain(int64_t elements_per_item) { return std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(1, elements_per_item)); }

}  // namespace pt
