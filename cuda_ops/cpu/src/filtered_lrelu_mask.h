// The activation of filtered_lrelu, and the mask that remembers for its derivatives which way every
// sample went.
//
// A word holds two bits for each lane: the lower half says which lanes took the slope, the upper
// half which were clamped. So a sample costs 2 bits whatever the instruction set.
#pragma once

#include "common.h"

namespace {

#if VL == 16
typedef uint32_t Word;
#elif VL == 8
typedef uint16_t Word;
#else
typedef uint8_t Word;
#endif

// One bit for each lane of a comparison's result.
OPS_INLINE Word bits_of(vi lanes) {
#if defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)lanes);
#elif defined(__AVX__)
    return _mm256_movemask_ps((__m256)lanes);
#else
    Word bits = 0;
    for (int i = 0; i < VL; i++) bits |= (lanes[i] & 1) << i;
    return bits;
#endif
}

OPS_INLINE vi bit_of_lane() {
    vi bits;
    for (int i = 0; i < VL; i++) bits[i] = 1 << i;
    return bits;
}

struct Activation {
    vf slope, clamp;

    OPS_INLINE vf plain(vf u) const {
        vf v = select(u > vf{}, u, u * slope);  // NaN stays
        v = select(v > clamp, clamp, v);
        return select(v < -clamp, -clamp, v);
    }

    // Also says in word which lanes took the slope and which were clamped; as for the reference, 0
    // takes the slope, and what is exactly at the clamp was not clamped.
    OPS_INLINE vf save(vf u, Word *word) const {
        vi low = ~(u > vf{});
        vf v = select(low, u * slope, u);
        vi inside = (v <= clamp) & (v >= -clamp);
        *word = static_cast<Word>(bits_of(low) | bits_of(~inside) << VL);
        v = select(v > clamp, clamp, v);
        return select(v < -clamp, -clamp, v);
    }

    // The derivative's factor times u, where word is what save said.
    OPS_INLINE vf masked(vf u, Word word) const {
        vi bits = bit_of_lane();
        vi all = vi{} + (int32_t)word;
        vf v = select((all & bits) != 0, u * slope, u);
        return select((all >> VL & bits) != 0, vf{}, v);
    }
};

}  // namespace
