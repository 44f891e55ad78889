// The C ABI between the .NET binding and libtorch. Every exported function returns null, or an error that the caller reads and frees;
// no error is kept in the library, so that threads cannot see each other's. No C++ exception crosses the boundary.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <new>

#define PT_EXPORT extern "C" __attribute__((visibility("default")))

namespace pt {

enum class ErrorKind : int32_t { Other = 0, OutOfMemory = 1 };

struct Error {
    ErrorKind kind;
    char *message;  // UTF-8; null only in the one that says that memory ran out
};

Error *make_error(ErrorKind kind, const char *message) noexcept;

// libtorch has no type of its own for memory that ran out on the CPU; its words tell.
ErrorKind kind_of(const char *message) noexcept;

// Runs a body and turns whatever it throws into an error.
template <class Body>
Error *guard(Body &&body) noexcept {
    try {
        body();
        return nullptr;
    } catch (const std::bad_alloc &) {
        return make_error(ErrorKind::OutOfMemory, "memory ran out");
    } catch (const c10::Error &e) {
        return make_error(kind_of(e.what_without_backtrace()), e.what_without_backtrace());
    } catch (const std::exception &e) {
        return make_error(ErrorKind::Other, e.what());
    } catch (...) {
        return make_error(ErrorKind::Other, "an exception of an unknown type");
    }
}

extern std::atomic<int64_t> live_tensors;

// A handle of its own for a tensor; freed by pt_tensor_free.
inline at::Tensor *hand_out(at::Tensor tensor) {
    auto *handle = new at::Tensor(std::move(tensor));
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

inline c10::optional<at::Tensor> optional(const at::Tensor *tensor) {
    return tensor == nullptr ? c10::optional<at::Tensor>() : c10::optional<at::Tensor>(*tensor);
}

}  // namespace pt
