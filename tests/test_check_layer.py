"""check_layer of chapter 7 finds each fault that it is there for, and no other."""

import keras
import numpy as np
import pytest
from definitions import definitions
from keras import layers, ops
from repository import ROOT

HERE = {}
exec(definitions(ROOT / "book" / "07_check_layer.ipynb", "check_layer"), HERE)
CHECKS = HERE["CHECKS"]
ROWS = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
IDS = np.random.default_rng(2).integers(0, 5, size=(5, 4)).astype("int32")
TEXTS = np.random.default_rng(1).normal(size=(5, 4, 3)).astype("float32")


def said(check, make_layer, inputs, **claims):
    """Return what check_layer says, if it makes one check alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HERE, "CHECKS", {check: CHECKS[check]})
        return HERE["check_layer"](make_layer, inputs, **claims)


class Doubled(layers.Layer):
    """A right layer, to be spoilt below."""

    def call(self, inputs):
        return 2 * inputs


def calling(call, **methods):
    """Return a class of layers with this `call`."""
    return type("Made", (layers.Layer,), {"call": call, **methods})


def kept(mask, x):
    """Return 1 for each step that is kept, 0 for the others."""
    return ops.cast(mask, x.dtype)[..., None]


OneSize = calling(lambda self, x: ops.reshape(x, (-1, 4, 3)))
OfItsBatch = calling(lambda self, x: x - ops.mean(x, axis=0))
NoGradient = calling(lambda self, x: ops.stop_gradient(x))
OneOfTwo = calling(lambda self, x: x[0] * ops.stop_gradient(x[1]))
Product = calling(lambda self, x: ops.sum(x[0] * x[1], axis=-1))
ToLength1 = calling(lambda self, x: x / ops.sqrt(ops.sum(x**2, axis=-1, keepdims=True)))
ToSum1 = calling(lambda self, x: x / ops.sum(ops.abs(x), axis=-1, keepdims=True))
LeavesFloat16 = calling(lambda self, x: ops.cast(x, "float32"))
ByNumPy = calling(
    lambda self, x: np.sort(x), compute_output_shape=lambda self, shape: shape
)
Positive = calling(
    lambda self, x: x > 0,
    compute_output_spec=lambda self, x: keras.KerasTensor(x.shape, "bool"),
)
# As normalisations do.
Centred = calling(
    lambda self, x, training=False: x - ops.mean(x, axis=0) if training else x
)
LongMask = calling(
    lambda self, x: x[:, ::2], compute_mask=lambda self, x, mask=None: mask
)
MeanOfAll = calling(lambda self, x, mask=None: ops.mean(x, axis=1))
MeanOfKept = calling(
    lambda self, x, mask=None: (
        ops.sum(kept(mask, x) * x, axis=1) / ops.sum(kept(mask, x), axis=1)
    )
)
# Wrong where all that is kept is negative.
LargestOfKept = calling(lambda self, x, mask=None: ops.max(kept(mask, x) * x, axis=1))
SumOverLength = calling(lambda self, x, mask=None: ops.mean(kept(mask, x) * x, axis=1))
# By its `compute_mask`, it says that it supports masks; it doesn't look at them.
MeanOfAllThatClaims = calling(
    lambda self, x: ops.mean(x, axis=1), compute_mask=lambda self, x, mask=None: None
)
Embedded = calling(
    lambda self, x, mask=None: ops.one_hot(ops.cumsum(x[:, ::-1], axis=1) % 5, 5),
    compute_mask=lambda self, x, mask=None: mask,
)


class WrongShape(Doubled):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 7)


class WrongDtype(Doubled):
    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, "int32")


class Weighted(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, inputs):
        return ops.stop_gradient(self.factor) * inputs


class Counting(layers.Layer):
    def build(self, input_shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1)
        return inputs + 0 * self.calls


class Attention(layers.Layer):
    """Weights by their first number, and a constant that is infinite in float16."""

    def call(self, inputs, mask=None):
        weights = inputs[..., 0]
        if mask is not None:
            hidden = 1 - ops.cast(mask, inputs.dtype)
            weights = weights + hidden * ops.cast(-1e9, inputs.dtype)
        weights = ops.softmax(weights)
        return ops.sum(weights[..., None] * inputs, axis=1)


class SameForAll(layers.Layer):
    def build(self, input_shape):
        self.noise = keras.random.SeedGenerator(0)

    def call(self, inputs, training=False):
        shape = (1, *inputs.shape[1:])
        noise = keras.random.normal(shape, dtype=inputs.dtype, seed=self.noise)
        return inputs + noise if training else inputs


@keras.saving.register_keras_serializable()
class Forgetful(Doubled):
    """Its rate acts in training alone, and a file loses it."""

    def __init__(self, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def get_config(self):
        return {**super().get_config()}


class Infinite(layers.Layer):
    def call(self, inputs):
        self.add_loss(1e30 * 1e30 * ops.sum(ops.cast(inputs, "float32") ** 2))
        return inputs


class KeptInHalf(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(dtype=self.compute_dtype, name="factor")

    def call(self, inputs):
        return self.factor * inputs


class Regular(layers.Layer):
    """Forgets its regulariser when it is made again."""

    def __init__(self, penalty=None, **kwargs):
        super().__init__(**kwargs)
        self.penalty = penalty

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(), regularizer=self.penalty)

    def call(self, inputs):
        return self.factor * inputs

    def get_config(self):
        return {**super().get_config()}


class Noisy(layers.Layer):
    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.noise = keras.random.SeedGenerator(0) if seed is None else seed

    def call(self, inputs):
        return inputs + keras.random.normal(ops.shape(inputs), seed=self.noise)


@pytest.mark.parametrize(
    ("check", "make_layer", "inputs", "claims", "sentence"),
    [
        ("promise", WrongShape, ROWS, {}, "it promises (None, 7) and returns (5, 4)"),
        ("promise", WrongDtype, ROWS, {}, "it promises int32 and returns float32"),
        ("sizes", OneSize, TEXTS, {"free": (1,)}, "5 rows of another size become 10"),
        ("neighbours", OfItsBatch, ROWS, {}, "other batches"),
        ("neighbours", NoGradient, ROWS, {}, "no gradient reaches its input"),
        ("neighbours", Weighted, ROWS, {}, "no gradient reaches its weight 'factor'"),
        ("neighbours", Counting, ROWS, {}, "predict changes its weights"),
        ("neighbours", ByNumPy, ROWS, {}, "symbolic"),
        ("neighbours", ToSum1, ROWS, {}, "inputs are 0, the loss is not"),
        ("mixed_float16", KeptInHalf, ROWS, {}, "'factor' is kept in float16"),
        ("copies", lambda: Regular("l2"), ROWS, {}, "its clone has other regularizers"),
        ("float16", ToLength1, ROWS, {}, "up to 300"),
        ("float16", ToLength1, ROWS, {}, "up to 0.0001"),
        ("float16", ToLength1, ROWS, {"noise": "training"}, "up to 300"),
        ("mixed_float16", LeavesFloat16, ROWS, {}, "float16 and returns float32"),
        ("mask", LongMask, TEXTS, {}, "its mask has the shape (5, 4)"),
        ("mask", MeanOfAll, TEXTS, {}, "what is masked counts"),
        ("mask", LargestOfKept, TEXTS, {}, "what is masked counts"),
        ("mask", SumOverLength, TEXTS, {}, "what is masked counts"),
        ("mask", MeanOfAllThatClaims, TEXTS, {}, "what is masked counts"),
        ("mask", Embedded, IDS, {}, "what is masked counts"),
        ("float16", Attention, TEXTS, {}, "other numbers"),
        ("float16", Infinite, ROWS, {}, "the loss is not finite"),
        ("neighbours", OneOfTwo, [ROWS, ROWS], {}, "no gradient reaches its input 1"),
        ("noise", SameForAll, ROWS, {"noise": "training"}, "each row gets the same"),
        ("copies", lambda: Forgetful(0.1), ROWS, {}, "rate=0.5, not 0.1"),
        ("noise", Noisy, ROWS, {}, "other numbers the second time"),
        ("noise", lambda: Noisy(3), ROWS, {"noise": "always"}, "the same noise"),
        ("noise", Noisy, ROWS, {"noise": "training"}, "other numbers the second"),
        ("noise", Doubled, ROWS, {"noise": "training"}, "training draws no noise"),
        ("jit_compile", ByNumPy, ROWS, {}, "symbolic"),
        ("copies", Doubled, ROWS, {}, "Could not locate class 'Doubled'"),
    ],
)
def test_a_fault_is_named(check, make_layer, inputs, claims, sentence):
    found = said(check, make_layer, inputs, **claims)
    assert any(sentence in each for each in found), found


@pytest.mark.parametrize("check", [name for name in CHECKS if name != "copies"])
@pytest.mark.parametrize(
    ("make_layer", "claims"),
    [
        (layers.LayerNormalization, {"free": (1,)}),
        (lambda: layers.Dropout(0.5), {"noise": "training", "free": (1,)}),
        (layers.BatchNormalization, {"free": (1,)}),
    ],
    ids=["LayerNormalization", "Dropout", "BatchNormalization"],
)
def test_a_layer_of_keras_gets_no_sentence(check, make_layer, claims):
    assert said(check, make_layer, TEXTS, **claims) == []


@pytest.mark.parametrize("check", ["mask", "float16", "neighbours"])
@pytest.mark.parametrize("sequences", [False, True])
def test_what_follows_the_steps_gets_no_sentence(check, sequences):
    def make_layer():
        return layers.LSTM(3, return_sequences=sequences)

    assert said(check, make_layer, TEXTS, sizes=(1,), free=(1,)) == []


@pytest.mark.parametrize(
    ("check", "make_layer", "inputs", "claims"),
    [
        ("mask", MeanOfKept, TEXTS, {}),
        ("mask", lambda: layers.Embedding(5, 3), IDS, {}),
        ("neighbours", layers.BatchNormalization, ROWS, {}),
        ("neighbours", Centred, ROWS, {}),
        ("neighbours", OneOfTwo, [ROWS, ROWS], {"differentiable": (0,)}),
        ("neighbours", Product, [ROWS, ROWS], {}),
        ("float16", Positive, ROWS, {"differentiable": False}),
    ],
    ids=[
        "a mean of what is kept",
        "an embedding",
        "a gradient that a batch cancels",
        "a gradient that the mean of a batch cancels",
        "a gradient asked of some inputs",
        "one number for each row",
        "truth values",
    ],
)
def test_what_is_no_fault_gets_no_sentence(check, make_layer, inputs, claims):
    assert said(check, make_layer, inputs, **claims) == []


ONE = Doubled()


@pytest.mark.parametrize(
    ("make_layer", "inputs", "sentence"),
    [
        (Doubled, ROWS[:2], "give three rows or more"),
        (Doubled, ROWS[:0], "give three rows or more"),
        (Doubled, ROWS.astype("float64"), "give arrays of float32 or int32"),
        (Doubled, [[1.0, 2.0]], "give arrays of NumPy"),
        (Doubled, 0 * ROWS, "give other numbers than zeros"),
        (lambda: ONE, ROWS, "make_layer has to make a new layer each time"),
        (lambda: layers.Dense(-1), ROWS, "make_layer: ValueError"),
    ],
)
def test_what_teaches_nothing_is_refused_in_one_sentence(make_layer, inputs, sentence):
    (said,) = HERE["check_layer"](make_layer, inputs)
    assert sentence in said


def test_a_failure_of_one_check_does_not_hide_another():
    found = HERE["check_layer"](ByNumPy, ROWS)
    checks = [sentence.partition(":")[0] for sentence in found]
    assert {"neighbours", "float16", "copies"} <= set(checks)
