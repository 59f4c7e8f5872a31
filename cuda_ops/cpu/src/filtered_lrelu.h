// What filtered_lrelu is asked for, and what the tiles of one call share.
#pragma once

#include "filtered_lrelu_passes.h"

extern "C" struct le_filtered_lrelu_shape {
    int64_t planes, channels;  // plane p of x and y has channel p % channels
    int64_t in_w, in_h, mid_w, mid_h, out_w, out_h;
    int64_t up_x, up_y, down_x, down_y;
    int64_t taps_ux, taps_uy, taps_dx, taps_dy;
    int64_t rank_u, rank_d;  // separable terms of either filter; rank_d 0: fd is folded
    // mid[t] = sum_j fu[j] s[t + j - pad], where s[up i] = x[i] and s is 0 elsewhere.
    int64_t pad_x, pad_y;
    // y[i] = sum_k fd[k] mid[down i + k + offset]. Outside the size of mid, which is that of the
    // mask, x must not reach, so that it is 0 there.
    int64_t offset_x, offset_y;
    float gain, slope, clamp;  // gain > 0 of mid; clamp is infinity for none
};

namespace {

typedef le_filtered_lrelu_shape Shape;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }
int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// One axis of one tile. Samples of mid come in groups of `up` that see the same samples of x:
// group m is the positions t with up (m - 1) < t - pad <= up m, and sees x[m], ..., x[m + taps - 1].
struct Axis {
    int64_t out0, outs;    // first output, number of outputs
    int64_t t0, ts;        // first sample of mid that they need, number of samples
    int64_t m0, groups;    // first group, number of groups
    int64_t taps;          // of each phase
    int64_t skip;          // samples of the first group before t0
    int64_t left, right;   // the part of [t0, t0 + ts) that lies in mid
    int64_t own0, own1;    // the part of mid that no other tile has the first word on

    Axis(int64_t start, int64_t stop, int64_t all_outs, int64_t up, int64_t down, int64_t taps_u,
         int64_t taps_d, int64_t pad, int64_t offset, int64_t mid) {
        out0 = start;
        outs = stop - start;
        t0 = start * down + offset;
        ts = (outs - 1) * down + taps_d;
        m0 = ceil_div(t0 - pad, up);
        groups = ceil_div(t0 + ts - 1 - pad, up) - m0 + 1;
        taps = ceil_div(taps_u, up);
        skip = t0 - pad - (up * (m0 - 1) + 1);
        left = smaller(larger(t0, 0), mid);
        right = larger(left, smaller(t0 + ts, mid));
        own0 = left;
        own1 = stop == all_outs ? right : larger(left, smaller(t0 + outs * down, right));
    }
    int64_t samples() const { return groups + taps - 1; }  // of x, from m0 on
};

struct Call {
    Shape shape;
    const float *x, *bias;
    float *y;
    Word *mask;  // [planes / VL, mid_h, mid_w]
    MaskMode mode;
    int64_t taps_ux, taps_uy;  // of a phase
    float *ux, *uy;            // [rank_u][up_x][taps_ux], [up_y][rank_u * taps_uy]
    float *dx, *dy;            // [rank_d][taps_dx], [rank_d * taps_dy]; dx [taps_dy][taps_dx]
    AcrossUp across_up;
    AcrossDown across_down;
    RowsDown rows_down;
    Folded folded;  // in place of the two before, if rank_d is 0
    RowsUp rows_up;
    int64_t phases_at_once;  // of rows_up
};

}  // namespace
