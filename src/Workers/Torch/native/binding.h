// The C ABI between the .NET binding and libtorch. Every exported function returns null, or an error that the caller reads and frees;
// no error is kept in the library, so that threads cannot see each other's. No C++ exception crosses the boundary.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>

// Whether libtorch is of this version or a later one.
#define PT_SINCE(major, minor) (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#define PT_EXPORT extern "C" __attribute__((visibility("default")))

namespace pt {

// Memory that C++ was refused is told by its type; what libtorch says is told by its words, and the binding reads them.
enum class ErrorKind : int32_t { Other = 0, OutOfMemory = 1 };

// libtorch's own optional type before 2.5, the standard's since.
#if PT_SINCE(2, 5)
template <class T>
using Optional = std::optional<T>;
#else
template <class T>
using Optional = c10::optional<T>;
#endif

struct Error {
    ErrorKind kind;
    char *message;  // UTF-8; null only in the one that says that memory ran out
};

Error *make_error(ErrorKind kind, const char *message) noexcept;

// Runs a body and turns whatever it throws into an error.
template <class Body>
Error *guard(Body &&body) noexcept {
    try {
        body();
        return nullptr;
    } catch (const std::bad_alloc &) {
        return make_error(ErrorKind::OutOfMemory, "memory ran out");
    } catch (const c10::Error &e) {
        return make_error(ErrorKind::Other, e.what_without_backtrace());
    } catch (const std::exception &e) {
        return make_error(ErrorKind::Other, e.what());
    } catch (...) {
        return make_error(ErrorKind::Other, "an exception of an unknown type");
    }
}

extern std::atomic<int64_t> live_tensors;

// Where a tensor lies: a c10::DeviceType, of which the binding knows CPU = 0 and CUDA = 1, and the device's number, -1 for the one there is.
struct Place {
    int32_t type;
    int32_t index;
};

inline c10::Device device(Place place) { return {static_cast<c10::DeviceType>(place.type), static_cast<c10::DeviceIndex>(place.index)}; }

inline at::TensorOptions options(int32_t type, Place place) { return at::TensorOptions().dtype(static_cast<at::ScalarType>(type)).device(device(place)); }

// A handle of its own for a tensor; freed by pt_tensor_free.
inline at::Tensor *hand_out(at::Tensor tensor) {
    auto *handle = new at::Tensor(std::move(tensor));
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

inline Optional<at::Tensor> optional(const at::Tensor *tensor) {
    return tensor == nullptr ? Optional<at::Tensor>() : Optional<at::Tensor>(*tensor);
}

}  // namespace pt
