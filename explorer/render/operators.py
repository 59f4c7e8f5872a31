"""What the operators run as and what their kernels hold, as a value the window may see."""

from __future__ import annotations

from explorer.panel_state import Operator, Operators


def operators_now() -> Operators:
    """Look at the operators of this process; imports torch, and may build the kernels: seconds."""
    import cuda_ops
    from cuda_ops.cpu.memory import kept_bytes
    from cuda_ops.cpu.prepared import prepared_bytes

    ops = tuple(
        Operator(op.op, op.device, op.implementation, op.reason) for op in cuda_ops.status().ops
    )
    return Operators(ops, prepared_bytes(), kept_bytes())
