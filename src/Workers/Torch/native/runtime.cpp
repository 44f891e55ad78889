// Errors, versions and threads.
#include "binding.h"

#include <ATen/Parallel.h>
#include <malloc.h>
#include <dlfcn.h>
#include <omp.h>

#include <cstdlib>
#include <cstring>

namespace pt {

static Error no_memory_left = {ErrorKind::OutOfMemory, nullptr};

Error *make_error(ErrorKind kind, const char *message) noexcept {
    auto *error = static_cast<Error *>(std::malloc(sizeof(Error)));
    char *copy = error == nullptr ? nullptr : strdup(message);
    if (copy == nullptr) {
        std::free(error);
        return &no_memory_left;
    }
    *error = {kind, copy};
    return error;
}

}  // namespace pt

PT_EXPORT void pt_error_free(pt::Error *error) {
    if (error != &pt::no_memory_left) {
        std::free(error->message);
        std::free(error);
    }
}

PT_EXPORT const char *pt_version() { return TORCH_VERSION; }

// The file that libtorch's code was loaded from; empty where the loader does not say.
PT_EXPORT const char *pt_library_path() {
    Dl_info info;
    return dladdr(reinterpret_cast<void *>(&at::globalContext), &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

// Activations of some megabytes come and go at every operator. By default glibc maps and unmaps each from the kernel, which then zeroes every page
// again; with these thresholds they stay in the process.
PT_EXPORT void pt_keep_freed_memory() {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

// OpenMP keeps this setting for each calling thread. libtorch sets it once more from a global variable when a thread first asks for it or runs something
// in parallel: that is made to happen first, so that another thread's setting cannot take this one's place.
PT_EXPORT pt::Error *pt_set_num_threads(int32_t threads) {
    return pt::guard([&] {
        at::get_num_threads();
        at::set_num_threads(threads);
        // A PyTorch brings an OpenMP library of its own; the kernels of this one ask the system's.
        omp_set_num_threads(threads);
    });
}

PT_EXPORT int32_t pt_get_num_threads() { return at::get_num_threads(); }
