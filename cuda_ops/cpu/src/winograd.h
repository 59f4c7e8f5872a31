// The transforms of Winograd's F(4x4, 3x3) (arXiv 1509.09308) along one axis, and their transposes.
//
// y = A^T ((G w) * (B^T d)): 4 outputs y of a filter w of 3 taps over 6 inputs d, by 6 products. The
// points are 0, +-a, +-b and infinity with a^2 = 1/2 and b^2 = 2: rounding errors are half of what
// 1 and 2 give.
#pragma once

#include "common.h"

namespace winograd {

const int TILE = 4, SEEN = 6, POINTS = SEEN * SEEN, TAPS = 3;
const float A1 = 0.70710678f, B1 = 1.41421356f;  // a, b

// B^T: values of the input at the points.
OPS_INLINE void input(const vf *d, vf *v) {
    vf even_a = d[4] - 2 * d[2], odd_a = A1 * (d[3] - 2 * d[1]);
    vf even_b = d[4] - 0.5f * d[2], odd_b = B1 * (d[3] - 0.5f * d[1]);
    v[0] = d[0] - 2.5f * d[2] + d[4];
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = d[1] - 2.5f * d[3] + d[5];
}

// A^T: from products at the points to outputs.
OPS_INLINE void output(const vf *p, vf *y) {
    vf sum_a = p[1] + p[2], difference_a = A1 * (p[1] - p[2]);
    vf sum_b = p[3] + p[4], difference_b = B1 * (p[3] - p[4]);
    y[0] = p[0] + sum_a + sum_b;
    y[1] = difference_a + difference_b;
    y[2] = 0.5f * sum_a + 2 * sum_b;
    y[3] = 0.5f * difference_a + 2 * difference_b + p[5];
}

// A: what gradients of the outputs are at the points.
OPS_INLINE void output_transposed(const vf *g, vf *u) {
    vf even_a = g[0] + 0.5f * g[2], odd_a = A1 * (g[1] + 0.5f * g[3]);
    vf even_b = g[0] + 2 * g[2], odd_b = B1 * (g[1] + 2 * g[3]);
    u[0] = g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[3];
}

// G: values of the filter at the points.
OPS_INLINE void weights(const vf *w, vf *v) {
    vf even_a = w[0] + 0.5f * w[2], odd_a = A1 * w[1];
    vf even_b = w[0] + 2 * w[2], odd_b = B1 * w[1];
    v[0] = w[0];
    v[1] = (even_a + odd_a) / -1.5f;
    v[2] = (even_a - odd_a) / -1.5f;
    v[3] = (even_b + odd_b) / 6;
    v[4] = (even_b - odd_b) / 6;
    v[5] = w[2];
}

// G^T: from products at the points to the gradient of the filter.
OPS_INLINE void weights_transposed(const vf *m, vf *w) {
    vf sum_a = (m[1] + m[2]) / -1.5f, difference_a = (m[1] - m[2]) / -1.5f;
    vf sum_b = (m[3] + m[4]) / 6, difference_b = (m[3] - m[4]) / 6;
    w[0] = m[0] + sum_a + sum_b;
    w[1] = A1 * difference_a + B1 * difference_b;
    w[2] = 0.5f * sum_a + 2 * sum_b + m[5];
}

}  // namespace winograd
