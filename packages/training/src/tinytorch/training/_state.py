"""Nested state (dicts and lists of numbers, strings and arrays) as one safetensors file.

Arrays become the file's tensors, named by their path in the state (`model.0.weight`); everything else is JSON in the
header, with a mark where an array was taken out.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.layers import Module
from tinytorch.tensor import Array, Tensor
from tinytorch.training._atomic import CheckpointError
from tinytorch.training._safetensors import CHECKSUM, read_safetensors, write_safetensors

_KEY = "tinytorch.state"
_FORMAT = "2"


def save_state(path: str | Path, state: Mapping[str, Any]) -> None:
    """Save nested state as one file, atomically.

    Parameters
    ----------
    path : path
    state : mapping
        Dicts (any plain keys), lists, tuples, None, bool, int of any size, float, str, NumPy arrays and tensors.

    Raises
    ------
    TypeError
        For anything else, with the path to it.
    CheckpointError
        If the system refuses to write; the file that was there before is untouched.

    Notes
    -----
    Floats come back bit for bit: JSON's text of a Python float names exactly that float.
    """
    arrays: dict[str, Array] = {}
    tree = _encode(dict(state), "", arrays)
    text = json.dumps(tree, separators=(",", ":"), allow_nan=False)
    write_safetensors(path, arrays, {_KEY: text, "tinytorch.format": _FORMAT})


def load_state(path: str | Path) -> dict[str, Any]:
    """Read what `save_state` wrote; tensors come back as NumPy arrays.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If the file is cut off, altered, or holds no state.
    """
    arrays, metadata = read_safetensors(path)
    if _KEY not in metadata:
        raise CheckpointError(
            f"{path} is no checkpoint of a run: it holds {len(arrays)} arrays and no state; a file of weights alone "
            "is read with load_weights"
        )
    if metadata.get("tinytorch.format") != _FORMAT:
        raise CheckpointError(
            f"{path} has format {metadata.get('tinytorch.format')}; this version reads format {_FORMAT}: install the "
            "tinytorch-training that wrote it"
        )
    if CHECKSUM not in metadata:
        raise CheckpointError(f"{path} was altered after it was saved: its checksum is gone; use an older one")
    state: dict[str, Any] = _decode(json.loads(metadata[_KEY]), arrays)
    return state


def save_weights(model: Module, path: str | Path) -> None:
    """Save a model's parameters and buffers under their own names, as any safetensors reader expects them."""
    write_safetensors(path, {name: np.asarray(value) for name, value in model.state_dict().items()})


def load_weights(model: Module, path: str | Path) -> None:
    """Load what `save_weights` wrote, or another tool's safetensors with the same names and shapes.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If the file is damaged or of another model; the model is then as it was.
    """
    load_model(model, read_safetensors(path)[0], str(path))


def load_model(model: Module, saved: Mapping[str, Array], source: str) -> None:
    """Load a state into a model, all of it or, with an error that names what differs, nothing."""
    own = {name: np.asarray(value) for name, value in model.state_dict().items()}
    differences = [f"{name} is missing" for name in own if name not in saved]
    differences += [f"{name} is not in this model" for name in saved if name not in own]
    for name, value in own.items():
        if name in saved and saved[name].shape != value.shape:
            differences.append(f"{name} is {saved[name].shape}, here {value.shape}")
        elif name in saved and saved[name].dtype != value.dtype:
            differences.append(f"{name} is {saved[name].dtype}, here {value.dtype}")
    if differences:
        shown = "; ".join(differences[:4]) + (f"; and {len(differences) - 4} more" if len(differences) > 4 else "")
        raise CheckpointError(
            f"{source} is a checkpoint of another model: {shown}. Nothing was loaded. Build the model that was saved, "
            "or save under another name."
        )
    model.load_state_dict(dict(saved))


def _encode(value: Any, path: str, arrays: dict[str, Array]) -> Any:
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if isinstance(value, np.generic):
        return _encode(value.item(), path, arrays)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, Tensor | np.ndarray):
        name = path or "value"
        # Two keys may read alike once joined by dots, and the format keeps one name for itself.
        while name in arrays or name == "__metadata__":
            name += "_"
        arrays[name] = np.asarray(value)
        return {"$array": name}
    below = f"{path}." if path else ""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: _encode(item, f"{below}{key}", arrays) for key, item in value.items()}
        return {
            "$items": [
                [_encode(key, f"{below}key", arrays), _encode(item, f"{below}{key}", arrays)]
                for key, item in value.items()
            ]
        }
    if isinstance(value, list | tuple):
        items = [_encode(item, f"{below}{i}", arrays) for i, item in enumerate(value)]
        return {"$tuple": items} if isinstance(value, tuple) else items
    raise TypeError(
        f"save_state: {path or 'the state'} is a {type(value).__name__}; a state holds None, bool, int, float, str, "
        "arrays, and lists, tuples and dicts of these"
    )


def _decode(tree: Any, arrays: Mapping[str, Array]) -> Any:
    if isinstance(tree, list):
        return [_decode(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        [(mark, content)] = tree.items()
        if mark == "$array":
            return arrays[content]
        if mark == "$float":
            return float(content)
        if mark == "$tuple":
            return tuple(_decode(item, arrays) for item in content)
        if mark == "$items":
            return {_decode(key, arrays): _decode(item, arrays) for key, item in content}
    return {key: _decode(item, arrays) for key, item in tree.items()}
