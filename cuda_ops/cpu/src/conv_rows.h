// Taking rows of pixels apart into every second, fourth or eighth one, and putting them together.
#pragma once

#include "common.h"

#if VL == 16
#define LANES_LATE 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
#elif VL == 8
#define LANES_LATE 8, 0, 1, 2, 3, 4, 5, 6
#else
#define LANES_LATE 4, 0, 1, 2
#endif

// (first, v[0], v[1], ...): what each lane's left neighbour holds.
static OPS_INLINE vf one_lane_later(vf v, float first) {
    return SHUFFLE(v, splat(first), LANES_LATE);
}

// apart[j][i] = p[N i + j], for N = 2 or 4.
template <int N> static OPS_INLINE void take_apart(const float *p, vf *apart) {
    if (N == 2) {
        vf a = load(p), b = load(p + VL);
        apart[0] = even_lanes(a, b);
        apart[1] = odd_lanes(a, b);
    } else {
        vf a = load(p), b = load(p + VL), c = load(p + 2 * VL), d = load(p + 3 * VL);
        vf even_ab = even_lanes(a, b), odd_ab = odd_lanes(a, b);
        vf even_cd = even_lanes(c, d), odd_cd = odd_lanes(c, d);
        apart[0] = even_lanes(even_ab, even_cd);
        apart[1] = even_lanes(odd_ab, odd_cd);
        apart[2] = odd_lanes(even_ab, even_cd);
        apart[3] = odd_lanes(odd_ab, odd_cd);
    }
}

// p[N i + j] = apart[j][i], for N = 2, 4 or 8.
template <int N> static OPS_INLINE void put_together(const vf *apart, float *p) {
    vf even[N / 2], odd[N / 2];
    for (int j = 0; j < N / 2; j++) {
        even[j] = apart[2 * j];
        odd[j] = apart[2 * j + 1];
    }
    float halves[2][N / 2 * VL];
    put_together<N / 2>(even, halves[0]);
    put_together<N / 2>(odd, halves[1]);
    for (int i = 0; i < N / 2; i++) {
        vf a = load(halves[0] + i * VL), b = load(halves[1] + i * VL);
        store(p + 2 * i * VL, low_pairs(a, b));
        store(p + (2 * i + 1) * VL, high_pairs(a, b));
    }
}
template <> OPS_INLINE void put_together<1>(const vf *apart, float *p) { store(p, apart[0]); }
