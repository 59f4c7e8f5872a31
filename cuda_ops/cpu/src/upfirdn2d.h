// What the general and the fast case of upfirdn2d share.
#pragma once

#include "common.h"

// One axis: output m is the sum over taps j of taps[j] * stuffed[m * down + j - pad], where only
// indices divisible by up hold a sample.
struct Axis {
    int64_t in, out, up, down, pad, taps;
};

// The first tap of output m that meets a sample, and which sample; the next tap is `up` further.
static OPS_INLINE void first_tap(const Axis &a, int64_t m, int64_t *tap, int64_t *sample) {
    int64_t base = m * a.down - a.pad;
    // Rounded up, also below 0.
    *sample = a.up == 1 ? base : base / a.up + (base % a.up > 0);
    *tap = *sample * a.up - base;
}

// Whether run_four_taps computes it: separable, 4 taps, both axes the same factors of 1 or 2.
bool four_taps_fit(const Axis &x, const Axis &y);
// Arguments as of le_upfirdn2d.
int run_four_taps(const float *x, const float *fx, const float *fy, float *y, int64_t planes,
                  const Axis &ax, const Axis &ay, int64_t flip, float gain, int64_t threads);
