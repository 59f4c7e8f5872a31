// Between pixels in lanes and planes in lanes: VL vectors of VL neighbouring pixels of one plane
// each become VL vectors of one pixel of VL planes each, and the same way back.
#pragma once

#include "common.h"

#include <utility>

// Ways to mix two vectors that a processor has an instruction for: in every quarter (4 floats) the
// lower or upper two of the one and of the other, as pairs or in turns; or every second quarter.
enum Mix { TURNS_LOW, TURNS_HIGH, PAIRS_LOW, PAIRS_HIGH, QUARTERS_EVEN, QUARTERS_ODD };

// Which lane of a (0 to VL - 1) and b (VL to 2 VL - 1) lane k of the result is.
constexpr int mixed_lane(Mix how, int k) {
    const int in = k % 4, quarter = k - in;
    switch (how) {
    case TURNS_LOW: return in % 2 * VL + quarter + in / 2;
    case TURNS_HIGH: return in % 2 * VL + quarter + in / 2 + 2;
    case PAIRS_LOW: return in / 2 * VL + quarter + in % 2;
    case PAIRS_HIGH: return in / 2 * VL + quarter + in % 2 + 2;
    case QUARTERS_EVEN: return 2 * quarter + in;
    case QUARTERS_ODD: return 2 * quarter + 4 + in;
    }
    return 0;
}

template <Mix HOW, int... K>
static OPS_INLINE vf mix_lanes(vf a, vf b, std::integer_sequence<int, K...>) {
#if defined(__clang__)
    return __builtin_shufflevector(a, b, mixed_lane(HOW, K)...);
#else
    return __builtin_shuffle(a, b, (vi){mixed_lane(HOW, K)...});
#endif
}
template <Mix HOW> static OPS_INLINE vf mix(vf a, vf b) {
    return mix_lanes<HOW>(a, b, std::make_integer_sequence<int, VL>());
}

// Transposes VL x VL floats.
static OPS_INLINE void transpose(vf *rows) {
    // Within quarters: afterwards quarter q of rows[4 i + j] is column 4 q + j of rows 4 i + 0 to 3.
#pragma GCC unroll 4
    for (int i = 0; i < VL; i += 4) {
        vf low0 = mix<TURNS_LOW>(rows[i], rows[i + 1]), high0 = mix<TURNS_HIGH>(rows[i], rows[i + 1]);
        vf low1 = mix<TURNS_LOW>(rows[i + 2], rows[i + 3]);
        vf high1 = mix<TURNS_HIGH>(rows[i + 2], rows[i + 3]);
        rows[i] = mix<PAIRS_LOW>(low0, low1);
        rows[i + 1] = mix<PAIRS_HIGH>(low0, low1);
        rows[i + 2] = mix<PAIRS_LOW>(high0, high1);
        rows[i + 3] = mix<PAIRS_HIGH>(high0, high1);
    }
    // And the quarters as wholes.
    if constexpr (VL == 8) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            vf a = rows[j], b = rows[4 + j];
            rows[j] = mix<QUARTERS_EVEN>(a, b);
            rows[4 + j] = mix<QUARTERS_ODD>(a, b);
        }
    }
    if constexpr (VL == 16) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            vf even0 = mix<QUARTERS_EVEN>(rows[j], rows[4 + j]);
            vf odd0 = mix<QUARTERS_ODD>(rows[j], rows[4 + j]);
            vf even1 = mix<QUARTERS_EVEN>(rows[8 + j], rows[12 + j]);
            vf odd1 = mix<QUARTERS_ODD>(rows[8 + j], rows[12 + j]);
            rows[j] = mix<QUARTERS_EVEN>(even0, even1);
            rows[4 + j] = mix<QUARTERS_EVEN>(odd0, odd1);
            rows[8 + j] = mix<QUARTERS_ODD>(even0, even1);
            rows[12 + j] = mix<QUARTERS_ODD>(odd0, odd1);
        }
    }
}
