// Between pixels in lanes and planes in lanes: VL vectors of VL neighbouring pixels of one plane
// each become VL vectors of one pixel of VL planes each, and the same way back.
#pragma once

#include "common.h"

#include <utility>

// Lane k of the result of mixing a (lanes 0 to VL - 1) and b (VL to 2 VL - 1) when blocks of `step`
// lanes change places between them.
constexpr int mixed_lane(int k, int step, bool second) {
    if (second) return (k & step) == 0 ? k + step : VL + k;
    return (k & step) == 0 ? k : VL + k - step;
}

template <int STEP, bool SECOND, int... K>
static OPS_INLINE vf mix(vf a, vf b, std::integer_sequence<int, K...>) {
#if defined(__clang__) || __GNUC__ >= 12
    return __builtin_shufflevector(a, b, mixed_lane(K, STEP, SECOND)...);
#else
    const vi lanes = {mixed_lane(K, STEP, SECOND)...};
    return __builtin_shuffle(a, b, lanes);
#endif
}

template <int STEP> static OPS_INLINE void transpose_blocks(vf *rows) {
    constexpr std::make_integer_sequence<int, VL> lanes;
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) {
        if (i & STEP) continue;
        vf a = rows[i], b = rows[i + STEP];
        rows[i] = mix<STEP, false>(a, b, lanes);
        rows[i + STEP] = mix<STEP, true>(a, b, lanes);
    }
}

// Transposes VL x VL floats.
static OPS_INLINE void transpose(vf *rows) {
    if constexpr (VL > 8) transpose_blocks<8>(rows);
    if constexpr (VL > 4) transpose_blocks<4>(rows);
    transpose_blocks<2>(rows);
    transpose_blocks<1>(rows);
}
