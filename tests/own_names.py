"""The public names that minigrad has and torch has not, by the module or class that has them, and what each is for."""

from __future__ import annotations

OWN = {
    "minigrad": {
        "microscope": "records a program, and shows what backprop did",
        "safetensors": "saves and loads in the format of that name",
        "core gradients host legacy limits printing signatures switches": "rooms of the house, as README says",
    },
    "autograd": {"GradcheckError": "in torch it is in the file behind the function `gradcheck`"},
    "Tensor": {
        "array": "the numbers, a NumPy array: what the rules compute with",
        "node": "the Leaf, or the Node of the op that made it; `grad_fn` is torch's name of the latter",
        "version": "counts what was written to the memory; `_version` is torch's number",
        "view_info": "of a view: what it is a view of, and how; `_base` is torch's name of the former",
    },
    "dtype": {
        "name": '"float32"',
        "numpy": "NumPy's dtype",
    },
    "Generator": {
        "words words64 fractions24 fractions53": "the bits and fractions that it makes everything of, as arrays",
        "integers permutation random": "the draws of `randint`, `randperm` and `random_`, as arrays",
        "uniform normal log_normal bernoulli cauchy exponential geometric multinomial poisson":
            "the draws from the distributions of these names, as arrays",
        "state restore": "its state as an array of bytes; `get_state` and `set_state` are torch's",
    },
    "_ConvNd": {"transposed": "of every instance in torch"},
    "FunctionCtx": {"saved_tensors": "of the context that `backward` gets in torch"},
}  # fmt: skip


def own(of: str) -> set[str]:
    """The names listed for a module or a class."""
    return {name for names in OWN.get(of, {}) for name in names.split()}
