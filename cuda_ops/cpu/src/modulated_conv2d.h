// What the parts of the modulated convolution share: its arguments, and what follows the sums.
#pragma once

#include "conv_gemm.h"

// How one layer is computed; chosen in cuda_ops/cpu/modulated_conv2d.py.
enum Kind {
    KIND_1X1 = 0,       // one multiplication per weight
    KIND_DIRECT = 1,    // 3x3 as nine shifted copies of the input: for few pixels
    KIND_WINOGRAD = 2,  // 3x3 by F(4x4, 3x3)
    KIND_UP2 = 3,       // doubling the size: 2x2 pixels at once
    KIND_UP4 = 4,       // the same, 4x4 pixels at once
    KIND_FEW = 5,       // 1x1 to at most 4 channels
};

// Everything is float32 and contiguous.
struct ModulatedConv {
    const float *x;         // [n, cin, h, w]
    const float *weight;    // as le_modulated_conv2d_prepare wrote it; KIND_FEW: [cout, cin]
    const float *norms;     // [cout, cin], sums of squares; null = no demodulation
    const float *styles;    // [n, cin]
    const float *noise;     // null, or noise_n pictures [oh, ow]
    const float *bias;      // null or [cout]
    const float *fir_x;     // 4 taps of the filter behind doubling, null without
    const float *fir_y;
    float *out;             // [n, cout, oh, ow]
    int64_t n, cin, cout, h, w, oh, ow;
    int64_t padding;        // zeros around the input (not when doubling)
    int64_t noise_n;        // 1 = the same noise for every sample, else n
    int64_t kind, threads;
    float input_gain;       // factor of the styles that demodulation does not see
    float slope;            // of values below 0; 1 = no activation
    float gain, clamp;      // after the activation; clamp may be infinity
    float fir_gain;         // factor of the filter in each direction
};

// One sample of it.
struct Sample {
    const ModulatedConv *conv;
    const float *x;       // [cin, h, w]
    const float *noise;   // null or [oh, ow]
    float *out;           // [cout, oh, ow]
    const float *styles;  // [cin], input gain included
    const float *demod;   // [cout]
};

// Memory of the calling thread that stays from call to call; null if there is none.
float *workspace(int64_t floats);
// How many floats of transformed activations are computed before they are used: most of them are
// then still in the last shared cache.
enum { BLOCK_FLOATS = 3 << 19 };

int run_gemm(const Sample &s);
int run_winograd(const Sample &s);
int run_up2(const Sample &s);
int run_up4(const Sample &s);
int run_few(const Sample &s);

// Demodulation, noise, bias, activation, gain and clamp of one channel.
struct Finish {
    vf demod, bias, slope, gain, clamp;
    bool plain;  // demodulation only

    Finish(const Sample &s, int64_t channel) {
        const ModulatedConv &c = *s.conv;
        demod = splat(s.demod[channel]);
        bias = splat(c.bias ? c.bias[channel] : 0.0f);
        slope = splat(c.slope);
        gain = splat(c.gain);
        clamp = splat(c.clamp);
        plain = !s.noise && !c.bias && c.slope == 1 && c.gain == 1 && c.clamp > 3.4e38f;
    }

    OPS_INLINE vf act(vf v) const {
        // NaN compares false and comes through as itself.
        v += bias;
        v = select(v < vf{}, v * slope, v) * gain;
        v = select(v > clamp, clamp, v);
        return select(v < -clamp, -clamp, v);
    }

    OPS_INLINE vf one(vf v, const float *noise, int64_t i) const {
        if (plain) return v * demod;
        v *= demod;
        if (noise) v += load(noise + i);
        return act(v);
    }

    // out [n] from sums [n]; noise may be null. The last vector overlaps the one before it.
    OPS_INLINE void run(const float *sums, const float *noise, float *out, int64_t n) const {
        if (n < VL) {
            vf v = load_part(sums, n) * demod;
            if (noise) v += load_part(noise, n);
            store_part(out, plain ? v : act(v), n);
            return;
        }
        for (int64_t i = 0; i + VL <= n; i += VL) store(out + i, one(load(sums + i), noise, i));
        if (n % VL) store(out + n - VL, one(load(sums + n - VL), noise, n - VL));
    }
};
