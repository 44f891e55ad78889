// Tensors: made, read, freed, and looked at in other shapes.
#include "binding.h"

using at::IntArrayRef;
using at::Tensor;
using pt::guard;
using pt::hand_out;

std::atomic<int64_t> pt::live_tensors{0};

PT_EXPORT int64_t pt_live_tensors() { return pt::live_tensors.load(); }

PT_EXPORT void pt_tensor_free(Tensor *tensor) {
    delete tensor;
    pt::live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

// type: c10::ScalarType, of which the binding knows Long = 4, Float = 6, Double = 7 and BFloat16 = 15.
PT_EXPORT pt::Error *pt_empty(const int64_t *sizes, int32_t rank, int32_t type, pt::Place place, Tensor **result) {
    return guard([&] { *result = hand_out(at::empty(IntArrayRef(sizes, rank), pt::options(type, place))); });
}

PT_EXPORT pt::Error *pt_zeros(const int64_t *sizes, int32_t rank, int32_t type, pt::Place place, Tensor **result) {
    return guard([&] { *result = hand_out(at::zeros(IntArrayRef(sizes, rank), pt::options(type, place))); });
}

PT_EXPORT pt::Place pt_tensor_place(Tensor *x) { return {static_cast<int32_t>(x->device().type()), x->device().index()}; }

// The tensor itself where it is there already.
PT_EXPORT pt::Error *pt_tensor_to(Tensor *x, pt::Place place, bool non_blocking, Tensor **result) {
    return guard([&] { *result = hand_out(x->to(x->options().device(pt::device(place)), non_blocking)); });
}

// The tensor itself where it is of that type already.
PT_EXPORT pt::Error *pt_tensor_to_type(Tensor *x, int32_t type, Tensor **result) {
    return guard([&] { *result = hand_out(x->to(static_cast<at::ScalarType>(type))); });
}

PT_EXPORT pt::Error *pt_index_select(Tensor *x, int64_t dim, Tensor *index, Tensor **result) {
    return guard([&] { *result = hand_out(at::index_select(*x, dim, *index)); });
}

PT_EXPORT pt::Error *pt_gather(Tensor *x, int64_t dim, Tensor *index, Tensor **result) {
    return guard([&] { *result = hand_out(at::gather(*x, dim, *index)); });
}

PT_EXPORT pt::Error *pt_narrow(Tensor *x, int64_t dim, int64_t start, int64_t length, Tensor **result) {
    return guard([&] { *result = hand_out(x->narrow(dim, start, length)); });
}

PT_EXPORT int32_t pt_tensor_type(Tensor *x) { return static_cast<int32_t>(x->scalar_type()); }

PT_EXPORT int32_t pt_tensor_rank(Tensor *x) { return static_cast<int32_t>(x->dim()); }

PT_EXPORT void pt_tensor_sizes(Tensor *x, int64_t *sizes) { std::copy(x->sizes().begin(), x->sizes().end(), sizes); }

// The address of a tensor's elements, which lie row after row in the machine's memory.
PT_EXPORT pt::Error *pt_tensor_data(Tensor *x, void **data) {
    return guard([&] {
        TORCH_CHECK(x->is_contiguous() && x->device().is_cpu(), "only a contiguous tensor in the machine's memory can be read in place");
        *data = x->data_ptr();
    });
}

PT_EXPORT pt::Error *pt_tensor_copy_(Tensor *x, Tensor *source) {
    return guard([&] { x->copy_(*source); });
}

PT_EXPORT pt::Error *pt_tensor_detach(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(x->detach()); });
}

PT_EXPORT pt::Error *pt_tensor_contiguous(Tensor *x, Tensor **result) {
    return guard([&] { *result = hand_out(x->contiguous()); });
}

PT_EXPORT pt::Error *pt_tensor_view(Tensor *x, const int64_t *sizes, int32_t rank, Tensor **result) {
    return guard([&] { *result = hand_out(x->view(IntArrayRef(sizes, rank))); });
}

PT_EXPORT pt::Error *pt_tensor_transpose(Tensor *x, int64_t dim0, int64_t dim1, Tensor **result) {
    return guard([&] { *result = hand_out(x->transpose(dim0, dim1)); });
}

PT_EXPORT pt::Error *pt_tensor_flatten(Tensor *x, int64_t start, int64_t end, Tensor **result) {
    return guard([&] { *result = hand_out(x->flatten(start, end)); });
}
