// What every kernel here is written with: the vector type of the instruction set, loads and stores
// that need no alignment, tasks over threads, and how functions are exported.
//
// One source file is compiled once per instruction set; VL floats fit a vector register. NaN and
// infinity must come out as in the reference, so comparisons are written for what they do with NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

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

// The first n < VL floats; the other lanes are 0, and memory behind the n is neither read nor
// written.
static OPS_INLINE vf load_part(const float *p, int64_t n) {
#if defined(__AVX512F__)
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif defined(__AVX2__)
    __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return (vf)_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lanes));
#else
    vf v = {};
    for (int64_t i = 0; i < n; i++) v[i] = p[i];
    return v;
#endif
}
static OPS_INLINE void store_part(float *p, vf v, int64_t n) {
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif defined(__AVX2__)
    __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lanes), (__m256)v);
#else
    for (int64_t i = 0; i < n; i++) p[i] = v[i];
#endif
}

// Lanes first <= i < stop of a vector, for loads that leave the others 0 and their memory alone.
#if defined(__AVX512F__)
typedef __mmask16 lane_mask;
#else
typedef vi lane_mask;
#endif
static OPS_INLINE lane_mask lanes_between(int64_t first, int64_t stop) {
    if (first < 0) first = 0;
    if (stop > VL) stop = VL;
    if (stop < first) stop = first = 0;
#if defined(__AVX512F__)
    return (lane_mask)(((1u << stop) - 1) & ~((1u << first) - 1));
#else
    vi mask = {};
    for (int64_t i = first; i < stop; i++) mask[i] = -1;
    return mask;
#endif
}
static OPS_INLINE vf load_lanes(const float *p, lane_mask mask) {
#if defined(__AVX512F__)
    return (vf)_mm512_maskz_loadu_ps(mask, p);
#elif defined(__AVX2__)
    return (vf)_mm256_maskload_ps(p, (__m256i)mask);
#else
    vf v = {};
    for (int i = 0; i < VL; i++)
        if (mask[i]) v[i] = p[i];
    return v;
#endif
}

// Lanes of two vectors, a before b, picked by number; the numbers are constants.
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#endif

#if VL == 16
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define LOW_PAIRS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_PAIRS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VL == 8
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15
#define LOW_PAIRS 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_PAIRS 4, 12, 5, 13, 6, 14, 7, 15
#else
#define EVEN_LANES 0, 2, 4, 6
#define ODD_LANES 1, 3, 5, 7
#define LOW_PAIRS 0, 4, 1, 5
#define HIGH_PAIRS 2, 6, 3, 7
#endif

// Of a and b as one row of 2 VL floats: every second one; and back.
static OPS_INLINE vf even_lanes(vf a, vf b) { return SHUFFLE(a, b, EVEN_LANES); }
static OPS_INLINE vf odd_lanes(vf a, vf b) { return SHUFFLE(a, b, ODD_LANES); }
static OPS_INLINE vf low_pairs(vf a, vf b) { return SHUFFLE(a, b, LOW_PAIRS); }
static OPS_INLINE vf high_pairs(vf a, vf b) { return SHUFFLE(a, b, HIGH_PAIRS); }

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
