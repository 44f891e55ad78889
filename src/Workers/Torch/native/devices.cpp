// Devices besides the processor, by libtorch's calls that name no kind of them: one source for a libtorch with CUDA and one without.
#include "binding.h"

#include <ATen/autocast_mode.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/cuda.h>

using at::Tensor;
using pt::guard;
using pt::hand_out;

namespace {

// A thread's place before it went to a stream of its own, and that stream.
struct OwnStream {
    c10::impl::VirtualGuardImpl guard;
    c10::Stream stream;
    c10::Stream before;
    c10::Device device_before;
};

// A call of CUDA's driver, which is there wherever a device is; libtorch says nothing about names and memory that is free of its kind.
template <class Function>
Function driver(const char *name) {
    static void *library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library, name));
}

void check_driver(int status, const char *call) { TORCH_CHECK(status == 0, call, " of CUDA's driver answered ", status); }

// The bytes that are free on a device, and all it has, as its driver counts them.
void memory_of(int32_t index, size_t *free, size_t *total) {
    auto device_get = driver<int (*)(int *, int)>("cuDeviceGet");
    auto retain = driver<int (*)(void **, int)>("cuDevicePrimaryCtxRetain");
    auto release = driver<int (*)(int)>("cuDevicePrimaryCtxRelease_v2");
    auto push = driver<int (*)(void *)>("cuCtxPushCurrent_v2");
    auto pop = driver<int (*)(void **)>("cuCtxPopCurrent_v2");
    auto memory = driver<int (*)(size_t *, size_t *)>("cuMemGetInfo_v2");
    TORCH_CHECK(device_get && retain && release && push && pop && memory, "CUDA's driver (libcuda.so.1) lacks a call");
    int device = 0;
    void *context = nullptr;
    check_driver(device_get(&device, index), "cuDeviceGet");
    check_driver(retain(&context, device), "cuDevicePrimaryCtxRetain");
    int status = push(context);
    if (status == 0) {
        status = memory(free, total);
        pop(&context);
    }
    release(device);
    check_driver(status, "cuMemGetInfo");
}

}  // namespace

// Whether libtorch's library for CUDA was there when this was built.
PT_EXPORT bool pt_with_cuda() {
#ifdef PT_CUDA
    return true;
#else
    return false;
#endif
}

PT_EXPORT int32_t pt_cuda_count() {
    try {
        return static_cast<int32_t>(torch::cuda::device_count());
    } catch (...) {
        return 0;
    }
}

// name: of 256 characters at least.
PT_EXPORT pt::Error *pt_cuda_device(int32_t index, char *name, int64_t *free, int64_t *total) {
    return guard([&] {
        auto init = driver<int (*)(unsigned)>("cuInit");
        auto device_name = driver<int (*)(char *, int, int)>("cuDeviceGetName");
        TORCH_CHECK(init && device_name, "CUDA's driver (libcuda.so.1) was not found");
        check_driver(init(0), "cuInit");
        check_driver(device_name(name, 256, index), "cuDeviceGetName");
        size_t free_bytes = 0, total_bytes = 0;
        memory_of(index, &free_bytes, &total_bytes);
        *free = static_cast<int64_t>(free_bytes);
        *total = static_cast<int64_t>(total_bytes);
    });
}

// From now on what the calling thread asks of the device is done in a stream of its own.
PT_EXPORT pt::Error *pt_stream_enter(pt::Place place, OwnStream **entered) {
    return guard([&] {
        c10::Device device = pt::device(place);
        c10::impl::VirtualGuardImpl impl(device.type());
        c10::Device device_before = impl.exchangeDevice(device);
        c10::Stream stream = impl.getStreamFromGlobalPool(device, /*isHighPriority=*/false);
        c10::Stream before = impl.exchangeStream(stream);
        *entered = new OwnStream{impl, stream, before, device_before};
    });
}

PT_EXPORT pt::Error *pt_stream_synchronize(OwnStream *own) {
    return guard([&] { own->stream.synchronize(); });
}

PT_EXPORT void pt_stream_leave(OwnStream *own) {
    own->guard.exchangeStream(own->before);
    own->guard.uncheckedSetDevice(own->device_before);
    delete own;
}

// Equal steps give equal bits: no kernel is chosen by a race of several, and those that add up in any order are avoided where there is another.
PT_EXPORT pt::Error *pt_deterministic() {
    return guard([] {
        at::globalContext().setDeterministicCuDNN(true);
        at::globalContext().setBenchmarkCuDNN(false);
        at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
#if PT_SINCE(2, 2)
        at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
    });
}

// Of the calling thread: matrix products and convolutions in bfloat16, the rest as libtorch thinks best.
PT_EXPORT pt::Error *pt_autocast(int32_t type, bool enabled) {
    return guard([&] {
#if PT_SINCE(2, 4)
        auto device = static_cast<c10::DeviceType>(type);
        at::autocast::set_autocast_dtype(device, at::kBFloat16);
        at::autocast::set_autocast_enabled(device, enabled);
#else
        if (static_cast<c10::DeviceType>(type) == c10::DeviceType::CPU) {
            at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
            at::autocast::set_cpu_enabled(enabled);
        } else {
            at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
            at::autocast::set_enabled(enabled);
        }
#endif
        if (enabled) {
            at::autocast::increment_nesting();
        } else if (at::autocast::decrement_nesting() == 0) {
            // The weights' copies in bfloat16 hold for the weights as they were.
            at::autocast::clear_cache();
        }
    });
}

// Memory of the machine that the device reads by itself.
PT_EXPORT pt::Error *pt_pinned(const int64_t *sizes, int32_t rank, int32_t type, Tensor **result) {
    return guard([&] {
        *result = hand_out(at::empty(at::IntArrayRef(sizes, rank), at::TensorOptions().dtype(static_cast<at::ScalarType>(type)).pinned_memory(true)));
    });
}
