// Bias, upsampling FIR, leaky ReLU with gain and clamp, downsampling FIR, in one kernel.
//
// Along one axis, with x + b stuffed to s (s[i * up] = x[i] + b, else 0):
//     u[m] = up_gain * sum over j of ku[j] * s[m + j - pad]
//     v[m] = clamp(lrelu(u[m]) * gain)             or, in READ mode, u[m] * what the mask says
//     y[o] = sum over j of kd[j] * v[o * down + j]
// A block computes one tile of y in one plane. The tile of v it needs, and what leads there, stay
// in shared memory and registers; tiles of v overlap by the reach of the down filter.
//
// The mask has 2 bits per value of v: 0 = times gain, 1 = times gain and slope, 2 = clamped, no
// gradient. Four values one below the other share a byte: [n, c, mask_rows, mask_w]. Row m lies at
// m + mask_shift there, with the shift that makes tiles of the forward pass start at whole bytes.

enum { PLAIN = 0, WRITE = 1, READ = 2 };

struct FilteredLreluArgs {
    const void* x;
    const float* fu;      // [TAPS_UP], or [TAPS_UP, TAPS_UP] if radial
    const float* fd;      // [TAPS_DOWN], or [TAPS_DOWN, TAPS_DOWN]
    const void* b;        // [c] of x's type or null = 0
    unsigned char* mask;  // null in PLAIN mode
    void* y;
    Strides x_strides, y_strides;
    int n, c, in_h, in_w, out_h, out_w;
    int pad_x, pad_y;    // before the first row and column; may be negative
    int mask_w, mask_h;  // values of v that y depends on; outside of them the gradient is 0
    int mask_rows, mask_shift;
    int mask_x, mask_y;  // READ: v[m] has the mask's value m + mask_x, m + mask_y
    int mode;
    int flip;  // 0 = convolve: taps are visited backwards
    float up_gain, gain, slope;
    float clamp;  // infinity = none
};

__device__ constexpr int round_up(int value, int unit) { return (value + unit - 1) / unit * unit; }
__device__ constexpr int larger(int a, int b) { return a > b ? a : b; }

template <class T, int UP, int DOWN, int TAPS_UP, int TAPS_DOWN, bool RADIAL_UP, bool RADIAL_DOWN,
          int TILE_W, int TILE_H>
struct FusedTile {
    static constexpr int THREADS = 256;
    static constexpr int PHASE_TAPS = TAPS_UP / UP;
    // A thread makes SAMPLES * UP values of v in a row, or OUTPUTS pixels: filters are applied in
    // registers to values that are read once.
    static constexpr int SAMPLES = 8 / UP;
    static constexpr int OUTPUTS = 4;
    static constexpr int STRIP = SAMPLES * UP;

    // v starts up to UP - 1 values before the tile, at a phase that the compiler knows.
    static constexpr int MID_W = round_up((TILE_W - 1) * DOWN + TAPS_DOWN + UP - 1, STRIP);
    static constexpr int MID_H = round_up((TILE_H - 1) * DOWN + TAPS_DOWN + UP - 1, STRIP);
    static constexpr int IN_W = MID_W / UP + PHASE_TAPS;
    static constexpr int IN_H = MID_H / UP + PHASE_TAPS;
    // Odd pitches: lanes that walk down a column meet all banks.
    static constexpr int IN_PITCH = IN_W | 1;
    static constexpr int MID_PITCH = MID_W | 1;
    static constexpr int OUT_PITCH = TILE_W | 1;

    // Shared memory in floats: v and, before it, the input; what the passes hand on; 2-D filters.
    static constexpr int IN_SIZE = IN_H * IN_PITCH;
    static constexpr int V_SIZE = larger(MID_H * MID_PITCH, RADIAL_UP ? 0 : IN_SIZE);
    static constexpr int UP_SIZE = RADIAL_UP ? IN_SIZE : IN_H * MID_PITCH;
    static constexpr int DOWN_SIZE = RADIAL_DOWN ? 0 : MID_H * OUT_PITCH;
    static constexpr int PASS_SIZE = larger(UP_SIZE, DOWN_SIZE);
    static constexpr int FILTER_SIZE =
        (RADIAL_UP ? TAPS_UP * TAPS_UP : 0) + (RADIAL_DOWN ? TAPS_DOWN * TAPS_DOWN : 0);
    static constexpr int BYTES = (V_SIZE + PASS_SIZE + FILTER_SIZE) * 4;

    static_assert(TAPS_UP % UP == 0, "every phase has the same number of taps");
    static_assert(TILE_W * DOWN % UP == 0 && TILE_H * DOWN % UP == 0, "tiles start at one phase");
    static_assert(TILE_H * DOWN % 4 == 0 && STRIP % 4 == 0, "whole bytes of the mask");
    static_assert(TILE_H % OUTPUTS == 0 && TILE_W % OUTPUTS == 0, "whole strips");
    static_assert(!(RADIAL_UP && RADIAL_DOWN), "one 2-D filter");

    const FilteredLreluArgs& p;
    int n, c, tile_x, tile_y;  // plane, and the first pixel of y
    int shift_x, shift_y;      // values of v before the tile
    bool last_x, last_y;       // whether this is the plane's last tile along the axis
    SharedFloats v, pass, filter;

    __device__ explicit FusedTile(const FilteredLreluArgs& args)
        : p(args), v(shared_floats()), pass(v + V_SIZE), filter(pass + PASS_SIZE) {
        // Neighbouring blocks take neighbouring planes: in channels-last memory they read the
        // same cache lines.
        const int planes = p.n * p.c;
        const int tiles_x = (p.out_w + TILE_W - 1) / TILE_W;
        const int tiles_y = (p.out_h + TILE_H - 1) / TILE_H;
        const int plane = blockIdx.x % planes;
        const int tile = blockIdx.x / planes;
        n = plane / p.c;
        c = plane % p.c;
        tile_x = tile % tiles_x * TILE_W;
        tile_y = tile / tiles_x * TILE_H;
        last_x = tile % tiles_x == tiles_x - 1;
        last_y = tile / tiles_x == tiles_y - 1;
        shift_x = phase_shift(p.pad_x);
        shift_y = phase_shift(p.pad_y);
    }

    static __device__ int phase_shift(int pad) {
        return pad <= 0 ? -pad % UP : (UP - pad % UP) % UP;
    }

    __device__ void run() {
        load_input(RADIAL_UP ? pass : v);
        if (RADIAL_UP) load_filter(p.fu, TAPS_UP);
        if (RADIAL_DOWN) load_filter(p.fd, TAPS_DOWN);
        __syncthreads();
        if (RADIAL_UP) {
            up_radial();
        } else {
            up_rows();
            __syncthreads();
            up_columns();
        }
        __syncthreads();
        if (RADIAL_DOWN) {
            down_radial();
        } else {
            down_rows();
            __syncthreads();
            down_columns();
        }
    }

    __device__ void load_input(SharedFloats in) {
        const T* plane = static_cast<const T*>(p.x) + n * p.x_strides.n + c * p.x_strides.c;
        const float bias = p.b ? to_float(load(static_cast<const T*>(p.b) + c)) : 0.0f;
        const int from_x = (tile_x * DOWN - shift_x - p.pad_x) / UP;
        const int from_y = (tile_y * DOWN - shift_y - p.pad_y) / UP;
        for (int i = threadIdx.x; i < IN_W * IN_H; i += THREADS) {
            const int column = i % IN_W, row = i / IN_W;
            const int x = from_x + column, y = from_y + row;
            const bool inside = x >= 0 && x < p.in_w && y >= 0 && y < p.in_h;
            in[row * IN_PITCH + column] =
                inside ? to_float(load(plane + y * p.x_strides.y + x * p.x_strides.x)) + bias
                       : 0.0f;
        }
    }

    // A 2-D filter is kept column by column, in the order in which it is visited.
    __device__ void load_filter(const float* f, int taps) {
        for (int i = threadIdx.x; i < taps * taps; i += THREADS) {
            int x = i / taps, y = i % taps;
            if (!p.flip) x = taps - 1 - x, y = taps - 1 - y;
            filter[i] = load(f + y * taps + x);
        }
    }

    template <int TAPS>
    __device__ __forceinline__ void load_taps(const float* f, float (&taps)[TAPS]) {
#pragma unroll
        for (int j = 0; j < TAPS; j++) taps[j] = load(f + (p.flip ? j : TAPS - 1 - j));
    }

    // STRIP values of u from the samples at `at`, `at + step`, ...; adds to `sums`.
    static __device__ __forceinline__ void up_strip(SharedFloats from, int at, int step,
                                                    const float (&taps)[TAPS_UP],
                                                    float (&sums)[STRIP]) {
        float samples[SAMPLES + PHASE_TAPS];
#pragma unroll
        for (int i = 0; i < SAMPLES + PHASE_TAPS; i++) samples[i] = from[at + i * step];
#pragma unroll
        for (int k = 0; k < STRIP; k++) {
            // Phase r > 0 starts at the next sample, with the tap that is UP - r away.
            const int phase = k % UP;
            const int sample = k / UP + (phase > 0);
            const int tap = (UP - phase) % UP;
#pragma unroll
            for (int j = 0; j < PHASE_TAPS; j++) sums[k] += taps[tap + j * UP] * samples[sample + j];
        }
    }

    // OUTPUTS pixels from the values at `at`, `at + step`, ...; adds to `sums`.
    static __device__ __forceinline__ void down_strip(SharedFloats from, int at, int step,
                                                      const float (&taps)[TAPS_DOWN],
                                                      float (&sums)[OUTPUTS]) {
        constexpr int REACH = (OUTPUTS - 1) * DOWN + TAPS_DOWN;
        float values[REACH];
#pragma unroll
        for (int i = 0; i < REACH; i++) values[i] = from[at + i * step];
#pragma unroll
        for (int k = 0; k < OUTPUTS; k++)
#pragma unroll
            for (int j = 0; j < TAPS_DOWN; j++) sums[k] += taps[j] * values[k * DOWN + j];
    }

    __device__ void up_rows() {
        float taps[TAPS_UP];
        load_taps(p.fu, taps);
        for (int i = threadIdx.x; i < IN_H * (MID_W / STRIP); i += THREADS) {
            const int row = i % IN_H, strip = i / IN_H;
            float sums[STRIP] = {};
            up_strip(v, row * IN_PITCH + strip * SAMPLES, 1, taps, sums);
#pragma unroll
            for (int k = 0; k < STRIP; k++) pass[row * MID_PITCH + strip * STRIP + k] = sums[k];
        }
    }

    __device__ void up_columns() {
        float taps[TAPS_UP];
        load_taps(p.fu, taps);
        for (int i = threadIdx.x; i < MID_W * (MID_H / STRIP); i += THREADS) {
            const int column = i % MID_W, strip = i / MID_W;
            float sums[STRIP] = {};
            up_strip(pass, strip * SAMPLES * MID_PITCH + column, MID_PITCH, taps, sums);
            activate(column, strip * STRIP, sums);
        }
    }

    __device__ void up_radial() {
        constexpr int SAMPLES_W = MID_W / UP;
        for (int i = threadIdx.x; i < SAMPLES_W * (MID_H / STRIP); i += THREADS) {
            const int column = i % SAMPLES_W, strip = i / SAMPLES_W;
#pragma unroll 1
            for (int phase = 0; phase < UP; phase++) {
                float sums[STRIP] = {};
#pragma unroll 1
                for (int k = 0; k < PHASE_TAPS; k++) {
                    float taps[TAPS_UP];
                    const int tap = (UP - phase) % UP + k * UP;
#pragma unroll
                    for (int j = 0; j < TAPS_UP; j++) taps[j] = filter[tap * TAPS_UP + j];
                    const int sample = column + (phase > 0) + k;
                    up_strip(pass, strip * SAMPLES * IN_PITCH + sample, IN_PITCH, taps, sums);
                }
                activate(column * UP + phase, strip * STRIP, sums);
            }
        }
    }

    // Turns STRIP values of u, one below the other, into values of v.
    __device__ __forceinline__ void activate(int column, int row, float (&values)[STRIP]) {
        const int m_x = tile_x * DOWN + column - shift_x;
        const int m_y = tile_y * DOWN + row - shift_y;
        unsigned codes = 0;
#pragma unroll
        for (int k = 0; k < STRIP; k++) {
            float value = values[k] * p.up_gain;
            unsigned code;
            if (p.mode == READ) {
                code = read_mask(m_x + p.mask_x, m_y + k + p.mask_y);
                value *= code == 2 ? 0.0f : code == 1 ? p.gain * p.slope : p.gain;
            } else {
                code = value > 0 ? 0 : 1;
                value *= code ? p.gain * p.slope : p.gain;
                if (fabsf(value) > p.clamp) {
                    value = value > 0 ? p.clamp : -p.clamp;
                    code = 2;
                }
            }
            codes |= code << 2 * k;
            v[(row + k) * MID_PITCH + column] = value;
        }
        if (p.mode == WRITE) write_mask(m_x, m_y, column, row, codes);
    }

    __device__ __forceinline__ unsigned read_mask(int x, int y) {
        if (x < 0 || x >= p.mask_w || y < 0 || y >= p.mask_h) return 2;
        const int at = y + p.mask_shift;
        const unsigned char* plane = p.mask + mask_plane();
        return (load(plane + at / 4 * p.mask_w + x) >> 2 * (at % 4)) & 3;
    }

    // Where tiles of v overlap, the first of them writes; the last one of a plane writes its rest.
    __device__ __forceinline__ void write_mask(int m_x, int m_y, int column, int row,
                                               unsigned codes) {
        if ((column >= TILE_W * DOWN && !last_x) || m_x < 0 || m_x >= p.mask_w) return;
        const int first = (m_y + shift_y) / 4;
#pragma unroll
        for (int k = 0; k < STRIP / 4; k++) {
            if ((row + 4 * k >= TILE_H * DOWN && !last_y) || first + k >= p.mask_rows) return;
            store(p.mask + mask_plane() + (first + k) * p.mask_w + m_x,
                  static_cast<unsigned char>(codes >> 8 * k));
        }
    }

    __device__ __forceinline__ int mask_plane() const {
        return (n * p.c + c) * p.mask_rows * p.mask_w;
    }

    __device__ void down_rows() {
        float taps[TAPS_DOWN];
        load_taps(p.fd, taps);
        for (int i = threadIdx.x; i < MID_H * (TILE_W / OUTPUTS); i += THREADS) {
            const int row = i % MID_H, x = i / MID_H * OUTPUTS;
            float sums[OUTPUTS] = {};
            down_strip(v, row * MID_PITCH + x * DOWN + shift_x, 1, taps, sums);
#pragma unroll
            for (int k = 0; k < OUTPUTS; k++) pass[row * OUT_PITCH + x + k] = sums[k];
        }
    }

    __device__ void down_columns() {
        float taps[TAPS_DOWN];
        load_taps(p.fd, taps);
        for (int i = threadIdx.x; i < TILE_W * (TILE_H / OUTPUTS); i += THREADS) {
            const int x = i % TILE_W, y = i / TILE_W * OUTPUTS;
            float sums[OUTPUTS] = {};
            down_strip(pass, (y * DOWN + shift_y) * OUT_PITCH + x, OUT_PITCH, taps, sums);
            write_output(x, y, sums);
        }
    }

    __device__ void down_radial() {
        for (int i = threadIdx.x; i < TILE_W * (TILE_H / OUTPUTS); i += THREADS) {
            const int x = i % TILE_W, y = i / TILE_W * OUTPUTS;
            float sums[OUTPUTS] = {};
#pragma unroll 1
            for (int k = 0; k < TAPS_DOWN; k++) {
                float taps[TAPS_DOWN];
#pragma unroll
                for (int j = 0; j < TAPS_DOWN; j++) taps[j] = filter[k * TAPS_DOWN + j];
                const int column = x * DOWN + shift_x + k;
                down_strip(v, (y * DOWN + shift_y) * MID_PITCH + column, MID_PITCH, taps, sums);
            }
            write_output(x, y, sums);
        }
    }

    __device__ __forceinline__ void write_output(int x, int y, const float (&values)[OUTPUTS]) {
        if (tile_x + x >= p.out_w) return;
        T* out = static_cast<T*>(p.y) + n * p.y_strides.n + c * p.y_strides.c +
                 (tile_x + x) * p.y_strides.x;
#pragma unroll
        for (int k = 0; k < OUTPUTS; k++)
            if (tile_y + y + k < p.out_h)
                store(out + (tile_y + y + k) * p.y_strides.y, from_float<T>(values[k]));
    }
};
