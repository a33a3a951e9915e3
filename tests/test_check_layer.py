"""check_layer of chapter 7 finds each fault that it is there for, and no other."""

import types

import keras
import nbformat
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
    """Return what one check says, as check_layer would."""
    settings = {
        "noise": "never",
        "differentiable": True,
        "free": (),
        "sizes": (1e-4, 1, 300),
        "zeros": True,
        "definitions": (),
    }
    claims = types.SimpleNamespace(**settings | claims)
    try:
        return list(CHECKS[check](make_layer, inputs, claims))
    except Exception as error:
        return [HERE["brief"](f"{type(error).__name__}: {error}")]


class Doubled(layers.Layer):
    """A right layer, to be spoilt below."""

    def call(self, inputs):
        return 2 * inputs


class WrongShape(Doubled):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 7)


class WrongDtype(Doubled):
    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, "int32")


class OneSize(Doubled):
    def call(self, inputs):
        return ops.reshape(inputs, (-1, 4, 3))


class OfItsBatch(Doubled):
    def call(self, inputs):
        return inputs - ops.mean(inputs, axis=0)


class NoGradient(Doubled):
    def call(self, inputs):
        return ops.stop_gradient(inputs)


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


class Length(Doubled):
    def call(self, inputs):
        return inputs / ops.sqrt(ops.sum(inputs**2, axis=-1, keepdims=True))


class LeavesFloat16(Doubled):
    def call(self, inputs):
        return ops.cast(inputs, "float32")


class LongMask(Doubled):
    def call(self, inputs):
        return inputs[:, ::2]

    def compute_mask(self, inputs, mask=None):
        return mask


class MeanOfAll(Doubled):
    def call(self, inputs, mask=None):
        return ops.mean(inputs, axis=1)


class MeanOfKept(Doubled):
    def call(self, inputs, mask=None):
        kept = ops.cast(mask, inputs.dtype)[..., None]
        return ops.sum(kept * inputs, axis=1) / ops.sum(kept, axis=1)


class LargestOfKept(Doubled):
    """Wrong where all that is kept is negative."""

    def call(self, inputs, mask=None):
        return ops.max(ops.cast(mask, inputs.dtype)[..., None] * inputs, axis=1)


class SumOverLength(Doubled):
    def call(self, inputs, mask=None):
        kept = ops.cast(mask, inputs.dtype)[..., None]
        return ops.mean(kept * inputs, axis=1)


class Attention(Doubled):
    """Weights by their first number, and a constant that is infinite in float16."""

    def call(self, inputs, mask=None):
        weights = inputs[..., 0]
        if mask is not None:
            hidden = 1 - ops.cast(mask, inputs.dtype)
            weights = weights + hidden * ops.cast(-1e9, inputs.dtype)
        weights = ops.softmax(weights)
        return ops.sum(weights[..., None] * inputs, axis=1)


class MeanOfAllThatClaims(Doubled):
    """Says that it supports masks, and doesn't look at them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return ops.mean(inputs, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


class Embedded(Doubled):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        return ops.one_hot(ops.cumsum(inputs[:, ::-1], axis=1) % 5, 5)


class OneOfTwo(Doubled):
    def call(self, inputs):
        return inputs[0] * ops.stop_gradient(inputs[1])


class SameForAll(Doubled):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
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


class Infinite(Doubled):
    def call(self, inputs):
        self.add_loss(1e30 * 1e30 * ops.sum(ops.cast(inputs, "float32") ** 2))
        return inputs


class DividedByItsSum(Doubled):
    def call(self, inputs):
        return inputs / ops.sum(ops.abs(inputs), axis=-1, keepdims=True)


class KeptInHalf(Doubled):
    def build(self, input_shape):
        self.factor = self.add_weight(dtype=self.compute_dtype, name="factor")

    def call(self, inputs):
        return self.factor * inputs


class Regular(Doubled):
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


class Noisy(Doubled):
    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.noise = keras.random.SeedGenerator(0) if seed is None else seed

    def call(self, inputs):
        return inputs + keras.random.normal(ops.shape(inputs), seed=self.noise)


class ByNumPy(Doubled):
    def call(self, inputs):
        return np.sort(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


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
        ("neighbours", DividedByItsSum, ROWS, {}, "inputs are 0, the loss is not"),
        ("mixed_float16", KeptInHalf, ROWS, {}, "'factor' is kept in float16"),
        ("copies", lambda: Regular("l2"), ROWS, {}, "its clone has other regularizers"),
        ("float16", Length, ROWS, {}, "up to 300"),
        ("float16", Length, ROWS, {}, "up to 0.0001"),
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


def test_a_mean_of_what_is_kept_gets_no_sentence():
    assert said("mask", MeanOfKept, TEXTS) == []


def test_what_follows_the_steps_gets_no_sentence():
    recurrent = {"sizes": (1,), "free": (1,)}
    for check in ["mask", "float16", "neighbours"]:
        assert said(check, lambda: layers.LSTM(3), TEXTS, **recurrent) == []
        sequences = lambda: layers.LSTM(3, return_sequences=True)  # noqa: E731
        assert said(check, sequences, TEXTS, **recurrent) == []
    assert said("mask", lambda: layers.Embedding(5, 3), IDS) == []


class Centred(Doubled):
    """Subtracts the mean of its batch in training, as normalisations do."""

    def call(self, inputs, training=False):
        return inputs - ops.mean(inputs, axis=0) if training else inputs


@pytest.mark.parametrize("make_layer", [layers.BatchNormalization, Centred])
def test_what_a_batch_cancels_is_no_lost_gradient(make_layer):
    assert said("neighbours", make_layer, ROWS) == []


def test_a_gradient_may_be_asked_of_some_inputs():
    assert said("neighbours", OneOfTwo, [ROWS, ROWS], differentiable=(0,)) == []


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


class Positive(Doubled):
    def call(self, inputs):
        return inputs > 0

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, "bool")


class Product(Doubled):
    def call(self, inputs):
        return ops.sum(inputs[0] * inputs[1], axis=-1)


def test_truth_values_and_one_number_for_each_row_are_no_fault():
    assert said("float16", Positive, ROWS, differentiable=False) == []
    assert said("neighbours", Product, [ROWS, ROWS]) == []


def test_a_layer_with_noise_in_training_is_compared_in_half_precision():
    assert said("float16", Length, ROWS, noise="training")


def test_a_failure_of_one_check_does_not_hide_another():
    found = HERE["check_layer"](ByNumPy, ROWS)
    checks = [sentence.partition(":")[0] for sentence in found]
    assert {"neighbours", "float16", "copies"} <= set(checks)


def test_chapter_8_holds_the_same_check():
    def marked(name):
        notebook = nbformat.read(ROOT / "book" / name, as_version=4)
        return "\n\n\n".join(
            cell.source
            for cell in notebook.cells
            if "check-layer" in cell.metadata.get("tags", [])
        )

    copy = marked("08_todays_layers.ipynb")
    assert copy == marked("07_check_layer.ipynb"), (
        "put the cells with the tag check-layer of chapter 7 into chapter 8"
    )
