// Insert zeros, pad, correlate with a filter, decimate; row by row of the result.
//
// A separable filter first adds up input rows into one line (vertical taps), then runs along that
// line (horizontal taps). Another filter runs along one line per vertical tap. The zeros that
// upsampling inserts are never computed with: each phase of the output sees its own taps only. A
// result row depends on the input alone, so that rows can be computed in any order.
#include "upfirdn2d.h"

namespace {

const int64_t TASK_FLOATS = 1 << 14;

// Where a line keeps its samples: sample s at line[left + s], or, in two lines, the one of its
// parity, so that decimation by 2 reads whole vectors.
enum Mode { PLAIN, UP2, DOWN2, ANY };

struct Line {
    Mode mode;
    int64_t left;      // of sample 0
    int64_t size;      // floats, all zero but for the samples
    int64_t start[2];  // of phase 0 and 1: the index that the first tap of output 0 or 1 meets
    int64_t count[2];  // taps of the phase
};

Line plan(const Axis &x) {
    Line line = {};
    line.mode = x.up == 1 && x.down == 1   ? PLAIN
                : x.up == 2 && x.down == 1 ? UP2
                : x.up == 1 && x.down == 2 ? DOWN2
                                           : ANY;
    int64_t lowest = 0, highest = x.in - 1;
    for (int64_t m = 0; m < x.out && m < x.up; m++) {
        int64_t tap, sample;
        first_tap(x, m, &tap, &sample);
        if (sample < lowest) lowest = sample;
    }
    int64_t reach = (x.out + 4 * VL) * x.down + x.taps - x.pad;  // whole vectors past the end
    if (reach / x.up + 1 > highest) highest = reach / x.up + 1;
    line.left = -lowest;
    if (line.mode == DOWN2 && (line.left - x.pad) % 2 != 0) line.left++;
    line.size = line.left + highest + 1 + 4 * VL;
    for (int64_t phase = 0; phase < 2; phase++) {
        int64_t tap, sample;
        first_tap(x, phase, &tap, &sample);
        line.start[phase] = line.left + sample;
        line.count[phase] = tap < x.taps ? (x.taps - tap + x.up - 1) / x.up : 0;
    }
    return line;
}

template <int N> OPS_INLINE vf weigh(const float *const *rows, const vf *weights, int64_t i) {
    vf sum = N > 0 ? load(rows[0] + i) * weights[0] : vf{};
    for (int k = 1; k < N; k++) sum += load(rows[k] + i) * weights[k];
    return sum;
}

template <int N>
OPS_INLINE vf weigh_part(const float *const *rows, const vf *weights, int64_t i, int64_t n) {
    vf sum = {};
    for (int k = 0; k < N; k++) sum += load_part(rows[k] + i, n) * weights[k];
    return sum;
}

// line = (or, for more rows than N, +=) the weighted sum of N rows of `width` samples.
template <int N>
void add_rows(const float *const *rows, const vf *weights, int64_t width, const Line &l, float *line,
              bool add) {
    if (l.mode == DOWN2) {
        // Positions left + s: even ones in the first half of the memory, odd ones in the second.
        float *half[2] = {line, line + (l.size + 1) / 2};
        float *even = half[l.left & 1] + l.left / 2;
        float *odd = half[(l.left & 1) ^ 1] + (l.left + 1) / 2;
        for (int64_t i = 0; i < width; i += 2 * VL) {
            int64_t rest = width - i;
            vf a = rest >= VL ? weigh<N>(rows, weights, i) : weigh_part<N>(rows, weights, i, rest);
            vf b = {};
            if (rest >= 2 * VL)
                b = weigh<N>(rows, weights, i + VL);
            else if (rest > VL)
                b = weigh_part<N>(rows, weights, i + VL, rest - VL);
            vf e = even_lanes(a, b), o = odd_lanes(a, b);
            float *to_e = even + i / 2, *to_o = odd + i / 2;
            store(to_e, add ? load(to_e) + e : e);
            store(to_o, add ? load(to_o) + o : o);
        }
        return;
    }
    float *to = line + l.left;
    int64_t i = 0;
    for (; i + VL <= width; i += VL) {
        vf sum = weigh<N>(rows, weights, i);
        store(to + i, add ? load(to + i) + sum : sum);
    }
    if (i < width) {
        vf sum = weigh_part<N>(rows, weights, i, width - i);
        store(to + i, add ? load(to + i) + sum : sum);
    }
}

void fill_line(const float *const *rows, const float *weights, int64_t count, int64_t width,
               const Line &l, float *line) {
    bool add = false;
    do {
        vf w[4];
        int64_t n = count < 4 ? count : 4;
        for (int64_t k = 0; k < n; k++) w[k] = splat(weights[k]);
        switch (n) {
        case 0: add_rows<0>(rows, w, width, l, line, add); break;
        case 1: add_rows<1>(rows, w, width, l, line, add); break;
        case 2: add_rows<2>(rows, w, width, l, line, add); break;
        case 3: add_rows<3>(rows, w, width, l, line, add); break;
        default: add_rows<4>(rows, w, width, l, line, add);
        }
        rows += n;
        weights += n;
        count -= n;
        add = true;
    } while (count > 0);
}

OPS_INLINE void put(float *y, int64_t i, int64_t out, vf sum, bool add) {
    if (i + VL <= out) {
        store(y + i, add ? load(y + i) + sum : sum);
    } else if (i < out) {
        int64_t n = out - i;
        store_part(y + i, add ? load_part(y + i, n) + sum : sum, n);
    }
}

// T taps if T > 0 (the loop unrolls), else `count`.
template <int T> OPS_INLINE vf along(const float *p, const float *taps, int64_t step, int64_t count) {
    vf sum = {};
    for (int64_t j = 0; j < (T > 0 ? T : count); j++) sum += load(p + j) * taps[j * step];
    return sum;
}

template <int T>
void run_plain(const float *line, const Line &l, const Axis &x, const float *taps, float *y,
               bool add) {
    const float *p = line + l.start[0];
    for (int64_t i = 0; i < x.out; i += VL) put(y, i, x.out, along<T>(p + i, taps, 1, x.taps), add);
}

template <int T>
void run_up2(const float *line, const Line &l, const Axis &x, const float *taps, float *y,
             bool add) {
    int64_t tap0 = (x.pad % 2 + 2) % 2, tap1 = 1 - tap0;
    const float *p0 = line + l.start[0], *p1 = line + l.start[1];
    for (int64_t i = 0; 2 * i < x.out; i += VL) {
        vf even = along<T>(p0 + i, taps + tap0, 2, l.count[0]);
        vf odd = along<T>(p1 + i, taps + tap1, 2, l.count[1]);
        put(y, 2 * i, x.out, low_pairs(even, odd), add);
        put(y, 2 * i + VL, x.out, high_pairs(even, odd), add);
    }
}

template <int T>
void run_down2(const float *line, const Line &l, const Axis &x, const float *taps, float *y,
               bool add) {
    const float *even = line + l.start[0] / 2, *odd = line + (l.size + 1) / 2 + l.start[0] / 2;
    for (int64_t i = 0; i < x.out; i += VL) {
        vf sum = along<T>(even + i, taps, 2, (x.taps + 1) / 2);
        sum += along<T>(odd + i, taps + 1, 2, x.taps / 2);
        put(y, i, x.out, sum, add);
    }
}

void run_any(const float *line, const Line &l, const Axis &x, const float *taps, float *y,
             bool add) {
    for (int64_t m = 0; m < x.out; m++) {
        int64_t tap, sample;
        first_tap(x, m, &tap, &sample);
        const float *p = line + l.left + sample;
        float sum = 0;
        for (; tap < x.taps; tap += x.up) sum += *p++ * taps[tap];
        y[m] = add ? y[m] + sum : sum;
    }
}

void run_along(const float *line, const Line &l, const Axis &x, const float *taps, float *y,
               bool add) {
    bool four = x.taps == 4;
    switch (l.mode) {
    case PLAIN: (four ? run_plain<4> : run_plain<0>)(line, l, x, taps, y, add); break;
    case UP2: (four ? run_up2<2> : run_up2<0>)(line, l, x, taps, y, add); break;
    case DOWN2: (four ? run_down2<2> : run_down2<0>)(line, l, x, taps, y, add); break;
    case ANY: run_any(line, l, x, taps, y, add);
    }
}

}  // namespace

// x: [planes, in_y, in_x], y: [planes, out_y, out_x]; fx: [taps_x] and fy: [taps_y], or fy null and
// fx [taps_y, taps_x]. flip: 0 = convolution, 1 = correlation. pad_x and pad_y: zeros to the left
// and above after upsampling (negative crops); the other sides follow from the sizes.
OPS_API int le_upfirdn2d(const float *x, const float *fx, const float *fy, float *y, int64_t planes,
                         int64_t in_x, int64_t in_y, int64_t out_x, int64_t out_y, int64_t up_x,
                         int64_t up_y, int64_t down_x, int64_t down_y, int64_t pad_x, int64_t pad_y,
                         int64_t taps_x, int64_t taps_y, int64_t flip, float gain,
                         int64_t threads) {
    if (planes * out_x * out_y == 0) return OPS_OK;
    Axis ax = {in_x, out_x, up_x, down_x, pad_x, taps_x};
    Axis ay = {in_y, out_y, up_y, down_y, pad_y, taps_y};
    if (fy && four_taps_fit(ax, ay))
        return run_four_taps(x, fx, fy, y, planes, ax, ay, flip, gain, threads);
    Line l = plan(ax);
    int64_t line_size = (l.size + 1) / 2 * 2 + VL;
    int64_t kernel_size = fy ? taps_x : taps_x * taps_y;
    // Per task: the line, the taps as they are correlated with, and the rows one result row reads.
    size_t bytes = (line_size + kernel_size + 2 * taps_y) * sizeof(float) + taps_y * sizeof(float *);
    int64_t rows_at_once = TASK_FLOATS / out_x > 0 ? TASK_FLOATS / out_x : 1;
    int64_t total = planes * out_y;
    int failed = 0;
    parallel_for((total + rows_at_once - 1) / rows_at_once, threads, [&](int64_t task) {
        const float **rows = static_cast<const float **>(scratch(bytes));
        if (rows == nullptr) {
            __atomic_store_n(&failed, 1, __ATOMIC_RELAXED);
            return;
        }
        float *line = reinterpret_cast<float *>(rows + taps_y);
        float *kernel = line + line_size, *vertical = kernel + kernel_size;
        float *weights = vertical + taps_y;
        std::memset(line, 0, line_size * sizeof(float));
        for (int64_t i = 0; i < kernel_size; i++)
            kernel[i] = fx[flip ? i : kernel_size - 1 - i] * gain;
        if (fy)
            for (int64_t i = 0; i < taps_y; i++) vertical[i] = fy[flip ? i : taps_y - 1 - i];
        int64_t stop = (task + 1) * rows_at_once < total ? (task + 1) * rows_at_once : total;
        for (int64_t row = task * rows_at_once; row < stop; row++) {
            const float *plane = x + row / out_y * in_y * in_x;
            float *to = y + row * out_x;
            int64_t tap, sample, count = 0;
            first_tap(ay, row % out_y, &tap, &sample);
            for (; tap < taps_y; tap += up_y, sample++) {
                if (sample < 0 || sample >= in_y) continue;
                const float *from = plane + sample * in_x;
                if (fy) {
                    rows[count] = from;
                    weights[count++] = vertical[tap];
                } else {
                    const float one = 1;
                    fill_line(&from, &one, 1, in_x, l, line);
                    run_along(line, l, ax, kernel + tap * taps_x, to, count++ > 0);
                }
            }
            if (fy) fill_line(rows, weights, count, in_x, l, line);
            if (fy)
                run_along(line, l, ax, kernel, to, false);
            else if (count == 0)
                std::memset(to, 0, out_x * sizeof(float));
        }
    });
    return failed ? OPS_NO_MEMORY : OPS_OK;
}
