// The inner loop of all four passes of filtered_lrelu, over pixels whose VL lanes are VL planes.
#pragma once

#include "common.h"

// Where the samples of tap l come from, for the vector at index 0.
struct Neighbours {  // along a row: tap l is l vectors further on
    const float *row;
    OPS_INLINE const float *tap(int l) const { return row + l * VL; }
};
struct Rows {  // across rows: each tap has its own
    const float *const *rows;
    OPS_INLINE const float *tap(int l) const { return rows[l]; }
};

// P filters at once over B vectors, STRIDE vectors apart, from index i on: emit(p, b, sum). TAPS is
// the number of taps if it is known when compiling, else 0. coefs: [P][taps].
template <int P, int B, int TAPS, class Source, class Emit>
static OPS_INLINE void fir_block(const Source &source, const float *coefs, int taps, int64_t stride,
                                 int64_t i, const Emit &emit) {
    vf sums[P][B] = {};
    const int n = TAPS ? TAPS : taps;
    auto add = [&](int l) __attribute__((always_inline)) {
        const float *from = source.tap(l) + i * stride * VL;
        vf samples[B];
#pragma GCC unroll 8
        for (int b = 0; b < B; b++) samples[b] = load(from + b * stride * VL);
#pragma GCC unroll 8
        for (int p = 0; p < P; p++) {
            vf c = splat(coefs[p * n + l]);
#pragma GCC unroll 8
            for (int b = 0; b < B; b++) sums[p][b] += c * samples[b];
        }
    };
    if constexpr (TAPS > 0) {
#pragma GCC unroll 12
        for (int l = 0; l < TAPS; l++) add(l);
    } else {
        for (int l = 0; l < n; l++) add(l);
    }
#pragma GCC unroll 8
    for (int p = 0; p < P; p++)
#pragma GCC unroll 8
        for (int b = 0; b < B; b++) emit(p, i + b, sums[p][b]);
}

// The same over `count` vectors.
template <int P, int TAPS, class Source, class Emit>
static OPS_INLINE void fir(const Source &source, const float *coefs, int taps, int64_t stride,
                           int64_t count, const Emit &emit) {
    constexpr int B = P == 1 ? 8 : P == 2 ? 4 : 2;  // 8 sums hide the latency of an addition
    int64_t i = 0;
    for (; i + B <= count; i += B)
        fir_block<P, B, TAPS>(source, coefs, taps, stride, i, emit);
    if constexpr (B > 4)
        for (; i + 4 <= count; i += 4)
            fir_block<P, 4, TAPS>(source, coefs, taps, stride, i, emit);
    for (; i < count; i++) fir_block<P, 1, TAPS>(source, coefs, taps, stride, i, emit);
}
