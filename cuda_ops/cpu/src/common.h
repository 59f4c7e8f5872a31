// What every kernel here is written with: the vector type of the instruction set, loads and stores
// that need no alignment, tasks over threads, and how functions are exported.
//
// One source file is compiled once per instruction set; VL floats fit a vector register. NaN and
// infinity must come out as in the reference, so comparisons are written for what they do with NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX__)
#define VL 8
#else
#define VL 4
#endif

typedef float vf __attribute__((vector_size(VL * 4)));
typedef int32_t vi __attribute__((vector_size(VL * 4)));
typedef vf vf_unaligned __attribute__((aligned(4), may_alias));

// What an exported function returns.
enum { OPS_OK = 0, OPS_NO_MEMORY = 1 };

#define OPS_API extern "C" __attribute__((visibility("default")))
#define OPS_INLINE inline __attribute__((always_inline))

static OPS_INLINE vf load(const float *p) { return *reinterpret_cast<const vf_unaligned *>(p); }
static OPS_INLINE void store(float *p, vf v) { *reinterpret_cast<vf_unaligned *>(p) = v; }
static OPS_INLINE vf splat(float value) { return value - vf{}; }
// Lanes of a where mask (a comparison's result) is set, else of b.
static OPS_INLINE vf select(vi mask, vf a, vf b) { return mask ? a : b; }

// The first n < VL floats; the other lanes are 0.
static OPS_INLINE vf load_part(const float *p, int64_t n) {
    vf v = {};
    std::memcpy(&v, p, n * sizeof(float));
    return v;
}
static OPS_INLINE void store_part(float *p, vf v, int64_t n) {
    std::memcpy(p, &v, n * sizeof(float));
}

// Sum of the lanes, in a fixed order.
static OPS_INLINE float sum_lanes(vf v) {
    float sum = 0;
    for (int i = 0; i < VL; i++) sum += v[i];
    return sum;
}

// Runs fn(context, task) for every task in [0, tasks), on up to `threads` threads, the caller among
// them; returns when all are done. Which thread takes which task is open, so what a task computes
// must depend on its number only: then the result is the same for any number of threads.
void run_tasks(int64_t tasks, int64_t threads, void (*fn)(void *context, int64_t task),
               void *context);

template <class F> static inline void parallel_for(int64_t tasks, int64_t threads, const F &body) {
    run_tasks(
        tasks, threads,
        [](void *context, int64_t task) { (*static_cast<const F *>(context))(task); },
        const_cast<F *>(&body));
}

// Memory of the calling thread for the time of one task, aligned to 64 bytes and not cleared; null
// if there is none. The next call on the same thread gives the same memory, grown if need be.
void *scratch(size_t bytes);
