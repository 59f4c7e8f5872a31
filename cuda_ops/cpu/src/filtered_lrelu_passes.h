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
typedef void (*Folded)(const float *const *rows, const float *coefs, int64_t half, int64_t outs,
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

// Both downsampling passes at once for a filter [2 * half, TAPS] whose rows are the same upwards and
// downwards: rows k and 2 half - 1 - k have the same taps, so they are added first.
template <int B, int DOWN, int TAPS>
OPS_INLINE void folded_block(const float *const *rows, const float *coefs, int64_t half, int64_t i,
                             float *out) {
    vf sums[B] = {};
    for (int64_t k = 0; k < half; k++) {
        const float *upper = rows[k] + i * DOWN * VL, *lower = rows[2 * half - 1 - k] + i * DOWN * VL;
        vf c[TAPS];
#pragma GCC unroll 12
        for (int l = 0; l < TAPS; l++) c[l] = splat(coefs[k * TAPS + l]);
#pragma GCC unroll 32
        for (int column = 0; column < (B - 1) * DOWN + TAPS; column++) {
            vf both = load(upper + column * VL) + load(lower + column * VL);
#pragma GCC unroll 8
            for (int b = 0; b < B; b++)
                if (column >= b * DOWN && column < b * DOWN + TAPS)
                    sums[b] += c[column - b * DOWN] * both;
        }
    }
#pragma GCC unroll 8
    for (int b = 0; b < B; b++) store(out + (i + b) * VL, sums[b]);
}

template <int DOWN, int TAPS>
void folded(const float *const *rows, const float *coefs, int64_t half, int64_t outs, float *out) {
    int64_t i = 0;
    for (; i + 8 <= outs; i += 8) folded_block<8, DOWN, TAPS>(rows, coefs, half, i, out);
    for (; i + 4 <= outs; i += 4) folded_block<4, DOWN, TAPS>(rows, coefs, half, i, out);
    for (; i < outs; i++) folded_block<1, DOWN, TAPS>(rows, coefs, half, i, out);
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
