"""What functions and classes of theirs could be, by their names: a first guess, for people to mend.

Nothing is ever judged by it: it only fills in a form.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crosscheck.config.words import Words
from crosscheck.layer import Layer

# What layers are called elsewhere.
_LAYERS = {
    "affine": ("fc", "dense", "linear", "fullyconnected", "innerproduct"),
    "relu": ("rectify", "rectifier", "rectifiedlinear"),
    "sigmoid": ("logistic", "squash", "sigm"),
    "tanh": ("hyperbolictangent",),
    "leaky_relu": ("lrelu",),
    "softmax_loss": ("crossentropy", "crossentropyloss", "xent", "softmaxcrossentropy", "nll"),
    "mse_loss": ("mse", "squarederror", "meansquarederror", "l2loss"),
    "svm_loss": ("hinge", "hingeloss"),
    "batchnorm": ("bn", "batchnormalization", "batchnorm1d"),
    "layernorm": ("ln", "layernormalization"),
    "dropout": ("drop",),
    "conv": ("conv2d", "convolution", "convolve"),
    "max_pool": ("maxpool", "maxpool2d", "maxpooling", "pool"),
    "avg_pool": ("avgpool", "averagepool", "meanpool"),
    "word_embedding": ("embedding", "embed", "lookup"),
    "rnn_step": ("rnncell",),
    "lstm_step": ("lstmcell",),
    "gru_step": ("grucell",),
    "sgd_momentum": ("momentum", "heavyball"),
    "sgd": ("gradientdescent", "descent"),
}

# What arguments and attributes are called elsewhere.
_NAMES = {
    "x": "x a z inp input inputs data img image images features scores logits pred predictions h",
    "X": "x inputs data features",
    "w": "w weight weights kernel kernels filter filters theta",
    "W": "w weight weights table embedding embeddings",
    "b": "b bias biases",
    "y": "y t target targets label labels truth expected",
    "gamma": "gamma scale gain g weight",
    "beta": "beta shift offset bias",
    "p": "p rate keep keepprob keepprobability dropprob prob probability ratio dropoutratio",
    "eps": "eps epsilon",
    "epsilon": "eps epsilon",
    "stride": "stride step strides",
    "pad": "pad padding border",
    "learning_rate": "learningrate lr rate eta stepsize",
    "momentum": "momentum mu friction decay",
    "alpha": "alpha slope negativeslope leak",
    "d": "d in nin indim inputs infeatures inputdim inputsize inputdimension fanin",
    "D": "d dim size features numfeatures",
    "M": "m out nout outdim outputs outfeatures outputdim outputsize units fanout",
    "running_mean": "runningmean movingmean avgmean",
    "running_var": "runningvar movingvar avgvar",
}
_FORWARD = re.compile(r"_?(forward|fwd|propagate)(?=_|$)", re.IGNORECASE)
_BACKWARD = (
    "backward",
    "bwd",
    "back",
    "grad",
    "gradient",
    "backprop",
    "backpropagate",
    "derivative",
)


def layer_like(name: str, layers: Mapping[str, Layer]) -> Layer | None:
    """The layer that a function or class of that name could be; None if none comes to mind."""
    plain = _plain(_FORWARD.sub("", name))
    known = {_plain(n): n for n in layers}
    known |= {alias: n for n, aliases in _LAYERS.items() for alias in aliases if n in layers}
    if plain not in known:  # as LayerNorm is
        plain = plain.removesuffix("layer").removeprefix("layer")
    near = difflib.get_close_matches(plain, known, 1, 0.85)
    return layers[known[near[0]]] if near else None


def name_like(name: str, known: Iterable[str]) -> str:
    """Our name for an argument or attribute of that name; empty if none comes to mind."""
    names = list(known)
    if name in names:
        return name
    plain = _plain(name)
    for ours in names:
        if plain == _plain(ours) or plain in _NAMES.get(ours, "").split():
            return ours
    return ""


def gradient_like(name: str, layer: Layer) -> str:
    """``dw`` for ``dW``, ``grad_w``, ``weight_grad``; empty if none comes to mind."""
    stem = re.sub(r"^(d_?|grad_?|gradient_?|g_)(?=.)|(_?grad|_?gradient)$", "", name)
    ours = name_like(stem, [i.name for i in layer.differentiated]) if stem != name else ""
    return f"d{ours}" if ours else ""


def partner(forward: str, others: Iterable[str]) -> str:
    """The backward of a function or method of that name, among others."""
    found = _FORWARD.search(forward)
    names = list(others)
    for word in _BACKWARD:
        guesses = [f"{forward}_{word}", f"d_{forward}"]
        if found:
            start, end = found.span(1)
            guesses = [forward[:start] + word + forward[end:]]
        for guess in guesses:
            near = [n for n in names if n.lower() == guess.lower() and n != forward]
            if near:
                return near[0]
    return ""


def arguments_of(function: Callable[..., Any]) -> list[str]:
    """What must be given to a function or class, without ``self``."""
    try:
        taken = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in taken if p.kind in by_place and p.default is inspect.Parameter.empty]
    return names[1:] if names[:1] == ["self"] else names


def optional_of(function: Callable[..., Any]) -> dict[str, Any]:
    """What may be given to a function or class, with its default: by place, in their order."""
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {n: p.default for n, p in _with_default(function).items() if p.kind in by_place}


def by_name_of(function: Callable[..., Any]) -> dict[str, Any]:
    """What may be given to it by its name only, with its default."""
    by_name = inspect.Parameter.KEYWORD_ONLY
    return {n: p.default for n, p in _with_default(function).items() if p.kind == by_name}


def _with_default(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        taken = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    return {n: p for n, p in taken.items() if p.default is not inspect.Parameter.empty}


def returned_by(function: Callable[..., Any]) -> list[str] | None:
    """What its last ``return`` names, element by element (empty: no mere name); None if unknown."""
    tree = _tree(function)
    returns = [n for n in ast.walk(tree) if isinstance(n, ast.Return)] if tree else []
    if not returns:
        return None if tree is None else []
    value = returns[-1].value
    elements = value.elts if isinstance(value, ast.Tuple) else [value]
    return [e.id if isinstance(e, ast.Name) else "" for e in elements]


def attributes_set(function: Any) -> list[str]:
    """``W`` for each ``self.W = …`` in a method, in their order."""
    tree = _tree(function)
    stored = [
        n
        for n in (ast.walk(tree) if tree else ())
        if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
    ]
    named = [n.attr for n in stored if isinstance(n.value, ast.Name) and n.value.id == "self"]
    return list(dict.fromkeys(named))


def given_to(layer: Layer) -> list[str]:
    """Our names of what a function of a layer may be given: arrays, options, dicts."""
    words = Words(layer)
    return [*words.inputs, *layer.options, *words.bundles]


def made_of(layer: Layer) -> list[str]:
    """Our names of what a class may be made with: all but the data, but sizes as well."""
    return [name for name in Words(layer).values if name != layer.inputs[0].name]


def _tree(function: Any) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
