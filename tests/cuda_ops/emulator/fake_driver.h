// The calls of libcuda that the program makes, over the emulator; compiled after the kernels.
#pragma once

static char last_error[256] = "no error";
static void* last_stream = nullptr;
static thread_local void* context = nullptr;  // as in a thread where torch has done nothing yet

static int fail(int code, const std::string& text) {
    snprintf(last_error, sizeof last_error, "%s", text.c_str());
    return code;
}

extern "C" {

// For the tests: what global memory there is, where randomness starts, what was asked last.
void emulator_allow(uintptr_t begin, size_t bytes, int writable) {
    emulator::regions[begin] = {begin + bytes, writable != 0};
}
void emulator_forget() { emulator::regions.clear(); }
void emulator_shuffle(unsigned seed) { emulator::dice.seed(seed); }
void* emulator_last_stream() { return last_stream; }

int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }

int cuCtxGetCurrent(void** current) {
    *current = context;
    return 0;
}
int cuDeviceGet(int* device, int ordinal) {
    *device = 7;  // handles are not ordinals
    return ordinal == 0 ? 0 : fail(101, "invalid device ordinal");
}
int cuDevicePrimaryCtxRetain(void** primary, int device) {
    *primary = &context;
    return device == 7 ? 0 : fail(101, "invalid device ordinal");
}
int cuCtxSetCurrent(void* wanted) {
    context = wanted;
    return 0;
}

// A module is its image's text; that of an ELF file ends with the table of sections.
int cuModuleLoadData(std::string** module, const void* image) {
    if (!context) return fail(201, "invalid device context");
    const char* bytes = static_cast<const char*>(image);
    if (!memcmp(bytes, "\x7f" "ELF", 4)) {
        uint64_t table;
        uint16_t entry, entries;
        memcpy(&table, bytes + 40, 8);
        memcpy(&entry, bytes + 58, 2);
        memcpy(&entries, bytes + 60, 2);
        *module = new std::string(bytes, table + entry * entries);
        return 0;
    }
    if (!memcmp(bytes, "//", 2)) {
        *module = new std::string(bytes);
        return 0;
    }
    return fail(200, "device kernel image is invalid");
}

// The kernel has to be in the module as it was compiled, and among those emulated.
int cuModuleGetFunction(const std::string** function, std::string* module, const char* name) {
    const auto found = emulator::kernels().find(name);
    if (module->find(name) == std::string::npos || found == emulator::kernels().end())
        return fail(500, "named symbol not found");
    *function = &found->first;
    return 0;
}

int cuLaunchKernel(const std::string* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                   void* stream, void** parameters, void** extra) {
    if (!context) return fail(201, "invalid device context");
    last_stream = stream;
    if (grid_y != 1 || grid_z != 1 || block_y != 1 || block_z != 1 || extra)
        return fail(1, "only one-dimensional launches are emulated");
    const std::string wrong =
        emulator::launch(*function, grid_x, block_x, shared_bytes, parameters[0]);
    return wrong.empty() ? 0 : fail(719, wrong);
}

int cuGetErrorString(int, const char** text) {
    *text = last_error;
    return 0;
}
}
