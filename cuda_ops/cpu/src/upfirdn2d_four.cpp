// upfirdn2d with four taps per axis, keeping, doubling or halving the size: what StyleGAN2 does
// between all of its layers.
//
// A column of the result, one vector wide, is computed from top to bottom: each input row is
// filtered along x once, and the rows that the vertical taps need stay in registers.
#include "upfirdn2d.h"

namespace {

const int64_t TASK_FLOATS = 1 << 14;
const int64_t LEAST_ROWS = 32;  // per task: the first three rows are filtered twice

enum Mode { KEEP, DOUBLE, HALVE };

// One column: where its input begins, and which lanes of its loads lie inside the row.
struct Column {
    int64_t at[4];
    lane_mask mask[4];
};

template <Mode M> Column column_at(const Axis &a, int64_t m) {
    Column column;
    for (int j = 0; j < 4; j++) {
        int64_t tap, sample;
        if (M == KEEP)
            sample = m + j - a.pad;
        else if (M == DOUBLE)  // taps 0 and 1 of the even outputs, then of the odd ones
            first_tap(a, m + j / 2, &tap, &sample), sample += j % 2;
        else  // two vectors of 2 VL neighbours, then those two samples further
            sample = 2 * m - a.pad + j / 2 * 2 + j % 2 * VL;
        column.at[j] = sample;
        column.mask[j] = lanes_between(-sample, a.in - sample);
    }
    return column;
}

// h = the input row filtered along x: one vector, or two where the size doubles.
template <Mode M> OPS_INLINE void filter_row(const float *row, const Column &c, const vf *w, vf *h) {
    vf v[4];
    for (int j = 0; j < 4; j++) v[j] = load_lanes(row + c.at[j], c.mask[j]);
    if (M == KEEP) {
        h[0] = (v[0] * w[0] + v[1] * w[1]) + (v[2] * w[2] + v[3] * w[3]);
    } else if (M == DOUBLE) {
        vf even = v[0] * w[0] + v[1] * w[1], odd = v[2] * w[2] + v[3] * w[3];
        h[0] = low_pairs(even, odd);
        h[1] = high_pairs(even, odd);
    } else {
        h[0] = (even_lanes(v[0], v[1]) * w[0] + odd_lanes(v[0], v[1]) * w[1]) +
               (even_lanes(v[2], v[3]) * w[2] + odd_lanes(v[2], v[3]) * w[3]);
    }
}

struct Plane {
    const float *in;
    float *out;
    Axis x, y;
};

template <Mode M>
OPS_INLINE void row_at(const Plane &p, int64_t sample, const Column &c, const vf *w, vf *h) {
    if (sample >= 0 && sample < p.y.in)
        filter_row<M>(p.in + sample * p.x.in, c, w, h);
    else
        h[0] = h[M == DOUBLE] = vf{};
}

// Rows [first, stop) of the column at output x = m.
template <Mode M>
void run_column(const Plane &p, int64_t m, int64_t first, int64_t stop, const vf *wx, const vf *wy) {
    Column c = column_at<M>(p.x, m);
    int64_t n = p.x.out - m, n1 = n - VL;  // floats of the first and of the second vector
    float *to = p.out + first * p.x.out + m;
    if (M == DOUBLE) {
        int64_t tap, sample;
        first_tap(p.y, first, &tap, &sample);
        vf above[2], below[2];
        row_at<M>(p, sample, c, wx, above);
        row_at<M>(p, sample + 1, c, wx, below);
        for (int64_t y = first; y < stop; y++, to += p.x.out) {
            const vf *w = wy + 2 * tap;
            vf a = above[0] * w[0] + below[0] * w[1];
            if (n >= VL)
                store(to, a);
            else
                store_part(to, a, n);
            vf b = above[1] * w[0] + below[1] * w[1];
            if (n1 >= VL)
                store(to + VL, b);
            else if (n1 > 0)
                store_part(to + VL, b, n1);
            if (tap == 0) {  // the next output lies behind this sample
                above[0] = below[0], above[1] = below[1];
                row_at<M>(p, ++sample + 1, c, wx, below);
            }
            tap = 1 - tap;
        }
        return;
    }
    const int step = M == HALVE ? 2 : 1;
    int64_t sample = first * step - p.y.pad;
    vf h[4];
    for (int j = 0; j < 4 - step; j++) row_at<M>(p, sample + j, c, wx, &h[j]);
    for (int64_t y = first; y < stop; y++, to += p.x.out, sample += step) {
        for (int j = 4 - step; j < 4; j++) row_at<M>(p, sample + j, c, wx, &h[j]);
        vf sum = (h[0] * wy[0] + h[1] * wy[1]) + (h[2] * wy[2] + h[3] * wy[3]);
        if (n >= VL)
            store(to, sum);
        else
            store_part(to, sum, n);
        for (int j = 0; j < 4 - step; j++) h[j] = h[j + step];
    }
}

template <Mode M>
void run(const float *x, float *y, int64_t planes, const Axis &ax, const Axis &ay, const float *fx,
         const float *fy, int64_t threads) {
    const int64_t width = M == DOUBLE ? 2 * VL : VL;
    int64_t rows = TASK_FLOATS / ax.out > LEAST_ROWS ? TASK_FLOATS / ax.out : LEAST_ROWS;
    int64_t bands = (ay.out + rows - 1) / rows;
    int64_t at_once = rows / ay.out > 1 ? rows / ay.out : 1;  // planes
    int64_t groups = (planes + at_once - 1) / at_once;
    parallel_for(groups * bands, threads, [=](int64_t task) {
        vf wx[4], wy[4];
        for (int j = 0; j < 4; j++) {
            // With a doubled size, an output meets every second tap: those of tap 0, those of 1.
            int tap = M == DOUBLE ? j % 2 * 2 + j / 2 : j;
            wy[j] = splat(fy[tap]);
            // The first output of a row meets the taps of the parity of pad.
            wx[j] = splat(fx[M == DOUBLE && (ax.pad & 1) ? tap ^ 1 : tap]);
        }
        int64_t first = task % bands * rows;
        int64_t stop = first + rows < ay.out ? first + rows : ay.out;
        int64_t plane = task / bands * at_once;
        int64_t last = plane + at_once < planes ? plane + at_once : planes;
        for (; plane < last; plane++) {
            Plane p = {x + plane * ax.in * ay.in, y + plane * ax.out * ay.out, ax, ay};
            for (int64_t m = 0; m < ax.out; m += width) run_column<M>(p, m, first, stop, wx, wy);
        }
    });
}

}  // namespace

bool four_taps_fit(const Axis &x, const Axis &y) {
    return x.taps == 4 && y.taps == 4 && x.up == y.up && x.down == y.down && x.up * x.down <= 2;
}

int run_four_taps(const float *x, const float *fx, const float *fy, float *y, int64_t planes,
                  const Axis &ax, const Axis &ay, int64_t flip, float gain, int64_t threads) {
    float taps_x[4], taps_y[4];
    for (int i = 0; i < 4; i++) {
        taps_x[i] = fx[flip ? i : 3 - i] * gain;
        taps_y[i] = fy[flip ? i : 3 - i];
    }
    auto with = ax.up == 2 ? run<DOUBLE> : ax.down == 2 ? run<HALVE> : run<KEEP>;
    with(x, y, planes, ax, ay, taps_x, taps_y, threads);
    return OPS_OK;
}
