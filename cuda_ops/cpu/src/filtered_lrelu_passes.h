// The four one-dimensional passes of filtered_lrelu over rows of vectors, in one version for every
// set of factors and taps that the networks use, and one for all others.
#pragma once

#include "filtered_lrelu_mask.h"
#include "fir.h"

namespace {

enum MaskMode { NO_MASK, SAVE_MASK, USE_MASK };

typedef void (*AcrossUp)(const float *in, const float *coefs, int64_t taps, int64_t up,
                         int64_t groups, float *out);
typedef void (*AcrossDown)(const float *in, const float *coefs, int64_t taps, int64_t down,
                           int64_t outs, float *out);
typedef void (*RowsDown)(const float *const *rows, const float *coefs, int64_t taps, int64_t outs,
                         float *out);
typedef void (*RowsUp)(const float *const *rows, const float *coefs, int64_t taps, int64_t columns,
                       float *out, int64_t out_stride, Word *words, int64_t word_stride,
                       const Activation &act);

template <int UP, int TAPS>
void across_up(const float *in, const float *coefs, int64_t taps, int64_t, int64_t groups,
               float *out) {
    fir<UP, TAPS>(Neighbours{in}, coefs, taps, 1, groups,
                  [=](int p, int64_t g, vf sum) { store(out + (g * UP + p) * VL, sum); });
}

void across_up_any(const float *in, const float *coefs, int64_t taps, int64_t up, int64_t groups,
                   float *out) {
    for (int64_t p = 0; p < up; p++)
        fir<1, 0>(Neighbours{in}, coefs + p * taps, taps, 1, groups,
                  [=](int, int64_t g, vf sum) { store(out + (g * up + p) * VL, sum); });
}

template <int DOWN, int TAPS>
void across_down(const float *in, const float *coefs, int64_t taps, int64_t down, int64_t outs,
                 float *out) {
    fir<1, TAPS>(Neighbours{in}, coefs, taps, DOWN ? DOWN : down, outs,
                 [=](int, int64_t i, vf sum) { store(out + i * VL, sum); });
}

template <int TAPS>
void rows_down(const float *const *rows, const float *coefs, int64_t taps, int64_t outs,
               float *out) {
    fir<1, TAPS>(Rows{rows}, coefs, taps, 1, outs,
                 [=](int, int64_t i, vf sum) { store(out + i * VL, sum); });
}

template <int P, int TAPS, int MODE>
void rows_up(const float *const *rows, const float *coefs, int64_t taps, int64_t columns,
             float *out, int64_t out_stride, Word *words, int64_t word_stride,
             const Activation &activation) {
    const Activation act = activation;
    fir<P, TAPS>(Rows{rows}, coefs, taps, 1, columns, [=](int p, int64_t i, vf u) {
        Word *word = words + p * word_stride + i;
        vf v = MODE == NO_MASK ? act.plain(u) : MODE == SAVE_MASK ? act.save(u, word)
                                                                : act.masked(u, *word);
        store(out + p * out_stride + i * VL, v);
    });
}

}  // namespace
