"""The operators as compiled kernels for CPUs: plain C++ with vector types, called through ctypes.

library.py finds the shared library of this processor (prebuilt, built before, or built now with
build.py), ops.py registers operators with torch, and one module per operator calls its kernels.

To add an operator NAME (bias_act.cpp, bias_act.py and tests/cuda_ops/test_native_bias_act.py are
the shortest example):

1. src/NAME.cpp: includes common.h, exports `OPS_API int le_NAME(pointers, int64_t sizes, float
   options, int64_t threads)` returning OPS_OK or OPS_NO_MEMORY, and splits its work with
   parallel_for into tasks whose size depends on the shapes only. Every .cpp in src/ is compiled,
   once per instruction set; nothing has to be listed.
2. NAME.py: `_kernel = library.Function("le_NAME", c_void_p, c_int64, c_float, ...)`, one type per
   argument; operators from ops.define(...), whose backward calls operators only; and a function
   NAME(...) with the arguments of reference.NAME that takes float32 tensors on the CPU. That the
   module is here is what makes cuda_ops.status() call the operator native.
3. The public function: `if choose("NAME", impl, x, ...) == "native": from cuda_ops.cpu import NAME
   ...`, else the reference. Cases the kernels do not have are passed on to the reference inside
   cuda_ops/cpu/NAME.py, where the docstring says which.

The kernels are built when they are first called and no prebuilt library has the hash of the
sources, so edit src/ in a copy of the repository if others are running this one.
"""
