// The multiplication inside every convolution here: a register block of output channels by lanes.
//
// Weights are stored as [point][channel panel][cin][MR], activations as
// [lane panel][point][cin][NR]; both are read from front to back, and a block of MR x NR sums stays
// in registers. Each sum runs over the input channels in order, whatever the number of threads.
#pragma once

#include "common.h"

#if VL == 8
enum { MR = 4, NV = 3 };  // 12 sums, 3 vectors of lanes and a weight: 16 registers
#else
enum { MR = 8, NV = 2 };
#endif
enum { NR = NV * VL };

// Floats between two planes of activations. A power of two would put the same place of all planes
// into one set of the caches.
static OPS_INLINE int64_t plane_stride(int64_t cin) { return cin * NR + 48; }

static OPS_INLINE int64_t round_up(int64_t value, int64_t step) {
    return (value + step - 1) / step * step;
}

// c [MR][NR] = sum over k of w [k][MR] x v [k][NR].
//
// Meanwhile fetches what later calls read, cin steps of MR floats from next_w on and of 16 from
// next_v on: the processor's own prefetching stops between two planes. A hint outside of memory is
// harmless.
static OPS_INLINE void multiply_block(const float *w, const float *v, int64_t cin, float *c,
                                      const float *next_w, const float *next_v) {
    vf sum[MR][NV] = {};
    for (int64_t k = 0; k < cin; k++) {
        vf lanes[NV];
        for (int j = 0; j < NV; j++) lanes[j] = load(v + j * VL);
        __builtin_prefetch(next_w);
        __builtin_prefetch(next_v);
#pragma GCC unroll 8
        for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
            for (int j = 0; j < NV; j++) sum[i][j] += w[i] * lanes[j];
        w += MR;
        v += NR;
        next_w += MR;
        next_v += 16;
    }
    for (int i = 0; i < MR; i++)
        for (int j = 0; j < NV; j++) store(c + i * NR + j * VL, sum[i][j]);
}
