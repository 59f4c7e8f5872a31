// Short convolutions by fewer products (Winograd; arXiv 1509.09308), along one axis.
//
// y = A^T ((G w) * (B^T d)): a tile of outputs y of a filter w of 3 taps over inputs d. Each struct
// is one such algorithm: a tile sees SEEN inputs, the next one begins STEP inputs further, and there
// are MADE outputs by POINTS products. input is B^T, output A^T, weights G.
#pragma once

#include "common.h"

namespace winograd {

// F(4, 3), the convolution: 6 products for 12. The points are 0, +-a, +-b and infinity with
// a^2 = 1/2 and b^2 = 2: rounding errors are half of what 1 and 2 give.
struct Same {
    enum { SEEN = 6, STEP = 4, POINTS = 6, MADE = 4 };
    static constexpr float A1 = 0.70710678f, B1 = 1.41421356f;  // a, b

    static OPS_INLINE void input(const vf *d, vf *v) {
        vf even_a = d[4] - 2 * d[2], odd_a = A1 * (d[3] - 2 * d[1]);
        vf even_b = d[4] - 0.5f * d[2], odd_b = B1 * (d[3] - 0.5f * d[1]);
        v[0] = d[0] - 2.5f * d[2] + d[4];
        v[1] = even_a + odd_a;
        v[2] = even_a - odd_a;
        v[3] = even_b + odd_b;
        v[4] = even_b - odd_b;
        v[5] = d[1] - 2.5f * d[3] + d[5];
    }

    static OPS_INLINE void output(const vf *p, vf *y) {
        vf sum_a = p[1] + p[2], difference_a = A1 * (p[1] - p[2]);
        vf sum_b = p[3] + p[4], difference_b = B1 * (p[3] - p[4]);
        y[0] = p[0] + sum_a + sum_b;
        y[1] = difference_a + difference_b;
        y[2] = 0.5f * sum_a + 2 * sum_b;
        y[3] = 0.5f * difference_a + 2 * difference_b + p[5];
    }

    static OPS_INLINE void output_transposed(const vf *g, vf *u) {
        vf even_a = g[0] + 0.5f * g[2], odd_a = A1 * (g[1] + 0.5f * g[3]);
        vf even_b = g[0] + 2 * g[2], odd_b = B1 * (g[1] + 2 * g[3]);
        u[0] = g[0];
        u[1] = even_a + odd_a;
        u[2] = even_a - odd_a;
        u[3] = even_b + odd_b;
        u[4] = even_b - odd_b;
        u[5] = g[3];
    }

    static OPS_INLINE void weights(const vf *w, vf *v) {
        vf even_a = w[0] + 0.5f * w[2], odd_a = A1 * w[1];
        vf even_b = w[0] + 2 * w[2], odd_b = B1 * w[1];
        v[0] = w[0];
        v[1] = (even_a + odd_a) / -1.5f;
        v[2] = (even_a - odd_a) / -1.5f;
        v[3] = (even_b + odd_b) / 6;
        v[4] = (even_b - odd_b) / 6;
        v[5] = w[2];
    }

    static OPS_INLINE void weights_transposed(const vf *m, vf *w) {
        vf sum_a = (m[1] + m[2]) / -1.5f, difference_a = (m[1] - m[2]) / -1.5f;
        vf sum_b = (m[3] + m[4]) / 6, difference_b = (m[3] - m[4]) / 6;
        w[0] = m[0] + sum_a + sum_b;
        w[1] = A1 * difference_a + B1 * difference_b;
        w[2] = 0.5f * sum_a + 2 * sum_b + m[5];
    }
};

// F(4, 2): y_i = g_0 d_i + g_1 d_i+1 by 5 products for 8, at the points 0, 1, -1, 2 and infinity.
struct Two {
    static OPS_INLINE void input(vf d0, vf d1, vf d2, vf d3, vf d4, vf *v) {
        v[0] = d0 - 0.5f * d1 - d2 + 0.5f * d3;
        v[1] = 2 * d1 + d2 - d3;
        v[2] = d2 - (2 * d1 + d3) * (1 / 3.0f);
        v[3] = d3 - d1;
        v[4] = d4 - 2 * d3 - d2 + 2 * d1;
    }

    static OPS_INLINE void output(const vf *p, vf *y) {
        vf sum = p[1] + p[2], difference = p[1] - p[2];
        y[0] = p[0] + sum + p[3];
        y[1] = difference + 2 * p[3];
        y[2] = sum + 4 * p[3];
        y[3] = difference + 8 * p[3] + p[4];
    }

    static OPS_INLINE void output_transposed(const vf *g, vf *u) {
        vf even = g[0] + g[2], odd = g[1] + g[3];
        u[0] = g[0];
        u[1] = even + odd;
        u[2] = even - odd;
        u[3] = g[0] + 2 * g[1] + 4 * g[2] + 8 * g[3];
        u[4] = g[3];
    }

    static OPS_INLINE void weights(vf g0, vf g1, vf *v) {
        v[0] = g0;
        v[1] = 0.5f * (g0 + g1);
        v[2] = 0.5f * (g0 - g1);
        v[3] = (g0 + 2 * g1) * (1 / 6.0f);
        v[4] = g1;
    }

    static OPS_INLINE void weights_transposed(const vf *m, vf &g0, vf &g1) {
        vf sixth = m[3] * (1 / 6.0f);
        g0 = m[0] + 0.5f * (m[1] + m[2]) + sixth;
        g1 = 0.5f * (m[1] - m[2]) + 2 * sixth + m[4];
    }
};

// Every second output only: y_i = w_0 d_2i + w_1 d_2i+1 + w_2 d_2i+2. Even inputs meet two taps,
// odd ones one: 9 products for 12.
struct Halving {
    enum { SEEN = 9, STEP = 8, POINTS = 9, MADE = 4 };

    static OPS_INLINE void input(const vf *d, vf *v) {
        Two::input(d[0], d[2], d[4], d[6], d[8], v);
        for (int i = 0; i < 4; i++) v[5 + i] = d[2 * i + 1];
    }
    static OPS_INLINE void output(const vf *p, vf *y) {
        Two::output(p, y);
        for (int i = 0; i < 4; i++) y[i] += p[5 + i];
    }
    static OPS_INLINE void output_transposed(const vf *g, vf *u) {
        Two::output_transposed(g, u);
        for (int i = 0; i < 4; i++) u[5 + i] = g[i];
    }
    static OPS_INLINE void weights(const vf *w, vf *v) {
        Two::weights(w[0], w[2], v);
        for (int i = 0; i < 4; i++) v[5 + i] = w[1];
    }
    static OPS_INLINE void weights_transposed(const vf *m, vf *w) {
        Two::weights_transposed(m, w[0], w[2]);
        w[1] = (m[5] + m[6]) + (m[7] + m[8]);
    }
};

// Its transpose: y_2i = w_2 d_i + w_0 d_i+1 and y_2i+1 = w_1 d_i+1, the first input lying before
// the picture.
struct Doubling {
    enum { SEEN = 5, STEP = 4, POINTS = 9, MADE = 8 };

    static OPS_INLINE void input(const vf *d, vf *v) {
        Two::input(d[0], d[1], d[2], d[3], d[4], v);
        for (int i = 0; i < 4; i++) v[5 + i] = d[1 + i];
    }
    static OPS_INLINE void output(const vf *p, vf *y) {
        vf even[4];
        Two::output(p, even);
        for (int i = 0; i < 4; i++) {
            y[2 * i] = even[i];
            y[2 * i + 1] = p[5 + i];
        }
    }
    static OPS_INLINE void weights(const vf *w, vf *v) {
        Two::weights(w[2], w[0], v);
        for (int i = 0; i < 4; i++) v[5 + i] = w[1];
    }
};

}  // namespace winograd
