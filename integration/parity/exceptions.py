"""What has no row, and why. Whatever is public and neither here nor in a row fails a test."""

from __future__ import annotations

DRAWS = "random: PyTorch's generator draws other numbers; spreads and types are compared in test_draws.py"
SEAM = "the seam: PyTorch's counterpart is its dispatcher, which Python code does not see"
LAYOUT = "it describes memory; nothing is computed"
LADDER = "a rung of the ladder to matmul, held against matmul by its own tests"
HANDED = "it hands memory over; nothing is computed"
TYPES = "a type, compared in test_promotion.py"

EXCEPTIONS: dict[str, dict[str, str]] = {
    "tensor": {
        **dict.fromkeys(("rand", "randn", "randint"), DRAWS),
        **dict.fromkeys(
            (
                "Array",
                "Engine",
                "Leaf",
                "Listener",
                "Node",
                "Operation",
                "Output",
                "Step",
                "Update",
                "composition",
                "is_recording",
                "listen",
                "operation",
                "operations",
                "recording",
                "rule",
                "run_rule",
                "update",
                "use_kernel",
            ),
            SEAM,
        ),
        **dict.fromkeys(
            ("Layout", "describe_layout", "offset", "strides_of", "MemoryUse", "live_bytes", "track_memory"), LAYOUT
        ),
        **dict.fromkeys(("matmul_loops", "matmul_blocks"), LADDER),
        **dict.fromkeys(("from_numpy", "from_dlpack", "as_tensor", "adopt"), HANDED),
        **dict.fromkeys(("bool_", "float32", "float64", "int8", "int32", "int64", "uint8", "promote_types"), TYPES),
        "Tensor": "its methods have rows of their own",
        "broadcast_shapes": "a shape rule, seen at work in every row of two tensors",
        "sum_to": "the transpose of broadcasting, seen at work in every row of two tensors",
        "infer_shape": "a shape rule, seen at work in reshape",
    },
    "activations": {
        "Activation": "the base class",
        **dict.fromkeys(("Response", "response", "saturation", "slopes"), "an instrument; PyTorch has none"),
    },
    "losses": {
        "Loss": "the base class",
        "bits_per_byte": "a change of units; PyTorch has none",
    },
    "layers": {
        **dict.fromkeys(
            ("kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_", "xavier_normal_", "xavier_uniform_"), DRAWS
        ),
        **dict.fromkeys(
            ("HookHandle", "Layer", "Module", "Parameter", "Row", "Summary", "summary"), "it computes nothing"
        ),
        **dict.fromkeys(("from_pytorch_state", "to_pytorch_state"), "compared in test_draws.py, with PyTorch's layers"),
    },
    "optim": {
        **dict.fromkeys(("LRScheduler", "Optimizer"), "the base class"),
        **dict.fromkeys(
            ("adam_update", "adamw_update", "muon_update", "rmsprop_update", "sgd_update"),
            "what its optimizer computes through",
        ),
        **dict.fromkeys(("blocks", "parts"), "it cuts arrays; nothing is computed"),
        "state_bytes": "it counts bytes",
    },
    "operations": {},  # none: every operation has a row
    "Tensor": {
        **dict.fromkeys(("__contains__", "__index__", "__pos__", "__setitem__"), "Python's own meaning"),
        "tensor_type": "the class of results",
        **dict.fromkeys(
            ("backward", "requires_grad_", "register_hook", "retain_grad"), "the engine, at work in every row"
        ),
        **dict.fromkeys(("copy_", "edit"), "a change in place: nothing is computed"),
        **dict.fromkeys(("item", "tolist", "numpy", "numel"), HANDED),
    },
}
