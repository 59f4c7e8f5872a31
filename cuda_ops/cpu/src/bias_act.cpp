// y = clip(act(x + b) * gain, -clamp, clamp) for the activations of two straight pieces, and its
// derivative, which needs only y: where act is increasing and gain > 0, y says which piece it was.
#include "common.h"

namespace {

enum Act { LINEAR, RELU, LRELU };

const int64_t TASK_FLOATS = 1 << 14;  // 64 KB: a task is some microseconds, and fits L1 and L2

template <Act A> OPS_INLINE vf activate(vf x, vf alpha) {
    if (A == RELU) return select(x <= vf{}, vf{}, x);  // NaN stays
    if (A == LRELU) return select(x > vf{}, x, x * alpha);
    return x;
}

template <Act A> OPS_INLINE vf forward(vf x, vf alpha, vf gain, vf clamp) {
    vf y = activate<A>(x, alpha) * gain;
    y = select(y > clamp, clamp, y);
    return select(y < -clamp, -clamp, y);
}

// g times the slope that gave y; nothing passes where y was clipped.
template <Act A> OPS_INLINE vf backward(vf g, vf y, vf alpha, vf gain, vf clamp) {
    vf slope = gain;
    if (A == RELU) slope = select(y <= vf{}, vf{}, gain);
    if (A == LRELU) slope = select(y > vf{}, gain, alpha * gain);
    vf d = g * slope;
    d = select(y >= clamp, vf{}, d);
    return select(y <= -clamp, vf{}, d);
}

struct Shape {
    int64_t outer, channels, inner;  // x is [outer, channels, inner], b is [channels]
};

// fn(lanes at an offset of x, how many of them, the bias of these lanes)
template <class F>
void each_vector(const Shape &s, const float *b, int64_t threads, const F &fn) {
    if (s.outer * s.channels * s.inner == 0) return;
    if (s.inner == 1) {  // the bias varies from lane to lane
        int64_t rows = (TASK_FLOATS + s.channels - 1) / s.channels;
        parallel_for((s.outer + rows - 1) / rows, threads, [&](int64_t task) {
            int64_t stop = (task + 1) * rows < s.outer ? (task + 1) * rows : s.outer;
            for (int64_t row = task * rows; row < stop; row++) {
                int64_t c = 0;
                for (; c + VL <= s.channels; c += VL)
                    fn(row * s.channels + c, VL, b ? load(b + c) : vf{});
                if (c < s.channels) {
                    int64_t n = s.channels - c;
                    fn(row * s.channels + c, n, b ? load_part(b + c, n) : vf{});
                }
            }
        });
        return;
    }
    int64_t planes = s.outer * s.channels;
    int64_t at_once = TASK_FLOATS / s.inner > 0 ? TASK_FLOATS / s.inner : 1;
    parallel_for((planes + at_once - 1) / at_once, threads, [&](int64_t task) {
        int64_t stop = (task + 1) * at_once < planes ? (task + 1) * at_once : planes;
        for (int64_t plane = task * at_once; plane < stop; plane++) {
            vf bias = splat(b ? b[plane % s.channels] : 0);
            int64_t i = plane * s.inner, end = i + s.inner;
            for (; i + VL <= end; i += VL) fn(i, VL, bias);
            if (i < end) fn(i, end - i, bias);
        }
    });
}

template <Act A>
void run_forward(const float *x, const float *b, float *y, const Shape &s, float alpha, float gain,
                 float clamp, int64_t threads) {
    vf a = splat(alpha), g = splat(gain), c = splat(clamp);
    each_vector(s, b, threads, [=](int64_t i, int64_t n, vf bias) {
        if (n == VL)
            store(y + i, forward<A>(load(x + i) + bias, a, g, c));
        else
            store_part(y + i, forward<A>(load_part(x + i, n) + bias, a, g, c), n);
    });
}

template <Act A>
void run_backward(const float *g, const float *b, const float *y, float *d, const Shape &s,
                  float alpha, float gain, float clamp, int64_t threads) {
    vf a = splat(alpha), k = splat(gain), c = splat(clamp);
    each_vector(s, b, threads, [=](int64_t i, int64_t n, vf bias) {
        if (n == VL)
            store(d + i, backward<A>(load(g + i) + bias, load(y + i), a, k, c));
        else
            store_part(d + i, backward<A>(load_part(g + i, n) + bias, load_part(y + i, n), a, k, c),
                       n);
    });
}

float sum_plane(const float *p, int64_t n) {
    vf sum[4] = {};
    int64_t i = 0;
    for (; i + 4 * VL <= n; i += 4 * VL)
        for (int j = 0; j < 4; j++) sum[j] += load(p + i + j * VL);
    for (; i + VL <= n; i += VL) sum[0] += load(p + i);
    if (i < n) sum[1] += load_part(p + i, n - i);
    return sum_lanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

}  // namespace

// x, y: [outer, channels, inner]; b: [channels] or null; act: 0 linear, 1 relu, 2 lrelu with slope
// alpha below 0; clamp: infinity for none.
OPS_API int le_bias_act(const float *x, const float *b, float *y, int64_t outer, int64_t channels,
                        int64_t inner, int64_t act, float alpha, float gain, float clamp,
                        int64_t threads) {
    Shape shape = {outer, channels, inner};
    auto run = act == LINEAR ? run_forward<LINEAR> : act == RELU ? run_forward<RELU>
                                                                 : run_forward<LRELU>;
    run(x, b, y, shape, alpha, gain, clamp, threads);
    return OPS_OK;
}

// d = (g + b) times the slope of bias_act where its result is y; shapes and options as above.
OPS_API int le_bias_act_backward(const float *g, const float *b, const float *y, float *d,
                                 int64_t outer, int64_t channels, int64_t inner, int64_t act,
                                 float alpha, float gain, float clamp, int64_t threads) {
    Shape shape = {outer, channels, inner};
    auto run = act == LINEAR ? run_backward<LINEAR> : act == RELU ? run_backward<RELU>
                                                                  : run_backward<LRELU>;
    run(g, b, y, d, shape, alpha, gain, clamp, threads);
    return OPS_OK;
}

// sums[c] = the sum of x [outer, channels, inner] over the other two; always in the same order.
OPS_API int le_channel_sums(const float *x, float *sums, int64_t outer, int64_t channels,
                            int64_t inner, int64_t threads) {
    if (outer * inner == 0) outer = 0, inner = 1;
    int64_t at_once = TASK_FLOATS / (outer * inner + 1);
    if (at_once < VL) at_once = VL;
    parallel_for((channels + at_once - 1) / at_once, threads, [=](int64_t task) {
        int64_t c0 = task * at_once;
        int64_t stop = c0 + at_once < channels ? c0 + at_once : channels;
        if (inner > 1) {
            for (int64_t c = c0; c < stop; c++) {
                double sum = 0;
                for (int64_t o = 0; o < outer; o++)
                    sum += sum_plane(x + (o * channels + c) * inner, inner);
                sums[c] = static_cast<float>(sum);
            }
            return;
        }
        for (int64_t c = c0; c < stop; c += VL) {
            int64_t n = stop - c < VL ? stop - c : VL;
            vf sum = {};
            for (int64_t o = 0; o < outer; o++) {
                const float *p = x + o * channels + c;
                sum += n == VL ? load(p) : load_part(p, n);
            }
            store_part(sums + c, sum, n);
        }
    });
    return OPS_OK;
}
