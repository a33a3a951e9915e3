"""The layers and losses of this book, small, for tools/backends.py to run.

Each case is used twice: in `predict`, whose numbers are compared with what TensorFlow
computes, and in `fit`.
"""

import tempfile

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CASES = []


def case(chapter, step, why=""):
    """Register a function that returns {"predict": (model, x), "fit": (model, x, y)}.

    `step` is what the page calls it, `why` what it says if a backend can't run it. If
    the weights are random, so that no numbers can be compared, the function adds
    "random": True; if noise is drawn, "noise": True: two calls must differ.
    """

    def register(build):
        CASES.append((chapter, step, why, build))
        return build

    return register


def numbers(*shape):
    """Return random numbers, float32, of a shape; the same ones at each call."""
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def around(layer, shape=(4,)):
    """Return the layer alone, to predict, and between two Dense layers, to fit."""
    inputs, x = keras.Input(shape), numbers(8, *shape)
    features = layers.Flatten()(layer(layers.Dense(shape[-1])(inputs)))
    trained = compiled(keras.Model(inputs, layers.Dense(1)(features)), "mse")
    return {
        "predict": (keras.Model(inputs, layer(inputs)), x),
        "fit": (trained, x, numbers(8, 1)),
    }


def compiled(model, loss):
    """Return the model, ready to be trained with a loss."""
    model.compile(optimizer="sgd", loss=loss)
    return model


def identity_loss(y_true, y_pred):
    """Return what the last layer, which is the loss, has computed."""
    return y_pred


# --- chapter 1 ---------------------------------------------------------------------


@case(1, "`Lambda(lambda x: x**2)`")
def square():
    return around(layers.Lambda(lambda x: x**2))


@case(1, "antirectifier as a `Lambda` of `keras.ops`")
def antirectifier():
    def both_signs(x):
        x = x - ops.mean(x, axis=1, keepdims=True)
        return ops.concatenate([ops.relu(x), ops.relu(-x)], axis=1)

    return around(layers.Lambda(both_signs))


TENSORFLOW_ONLY = (
    "A function of TensorFlow needs the values as a NumPy array. JAX has none while it "
    "compiles, and PyTorch none that it could differentiate. Write it with `keras.ops`."
)


@case(1, "`Lambda` of `tf.cumsum`", TENSORFLOW_ONLY)
def tensorflow_function():
    # A dense layer follows in `fit`, so the declared shape must hold its width.
    return around(layers.Lambda(lambda x: tf.cumsum(x, axis=1), output_shape=(4,)))


@case(
    1,
    "`Lambda` of `tf.keras.backend.square`",
    "`tf.keras.backend` is made of TensorFlow's functions, whichever backend runs. "
    "Write it with `keras.ops`.",
)
def old_backend():
    return around(layers.Lambda(tf.keras.backend.square, output_shape=(4,)))


# --- chapter 2 ---------------------------------------------------------------------


def take_column(x, index):
    """Return one column of a matrix, as a matrix."""
    return x[:, index : index + 1]


@case(2, "`Lambda` with `arguments`")
def one_column():
    return around(layers.Lambda(take_column, arguments={"index": 2}))


@case(2, "`Lambda` with a dictionary of inputs")
def dictionary():
    rebated = layers.Lambda(lambda given: given["price"] - given["rebate"])
    inputs = {"price": keras.Input((1,)), "rebate": keras.Input((1,))}
    x = {"price": numbers(8, 1), "rebate": numbers(8, 1)}
    model = keras.Model(inputs, layers.Dense(1)(rebated(inputs)))
    return {
        "predict": (keras.Model(inputs, rebated(inputs)), x),
        "fit": (compiled(model, "mse"), x, numbers(8, 1)),
    }


@case(2, "a network for each column")
def network_for_each_column():
    inputs = keras.Input((3,))
    columns = [
        layers.Lambda(take_column, arguments={"index": index})(inputs)
        for index in range(3)
    ]
    together = layers.Concatenate()([layers.Dense(2)(c) for c in columns])
    model = keras.Model(inputs, layers.Dense(1)(together))
    return {
        "predict": (keras.Model(inputs, layers.Concatenate()(columns)), numbers(8, 3)),
        "fit": (compiled(model, "mse"), numbers(8, 3), numbers(8, 1)),
    }


# --- chapter 3 ---------------------------------------------------------------------


def around_sampling(layer):
    """Return a step that draws noise, which must be new at each call."""
    return {**around(layer), "noise": True}


def sample(mean, seed=None):
    """Return a tensor with noise added."""
    return mean + keras.random.normal(ops.shape(mean), seed=seed)


@case(
    3,
    "sampling as a `Lambda`, `keras.random.normal` without a seed",
    "Under JAX, Keras refuses a draw without a seed in code that is compiled, and the "
    "trial run of a Lambda hides its message. Write a `Sampling` layer.",
)
def sampling_in_a_lambda():
    return around_sampling(layers.Lambda(sample))


@case(
    3,
    "sampling as a `Lambda` without a seed, `output_shape` declared",
    "With a declared shape there is no trial run, and what Keras says of the draw is "
    "seen.",
)
def sampling_in_a_lambda_with_a_shape():
    return around_sampling(layers.Lambda(sample, output_shape=(4,)))


@case(
    3,
    "sampling as a `Lambda` that has caught a `SeedGenerator`",
    "JAX compiles functions without side effects. Keras hands them the variables of "
    "the model and puts back what comes out. A generator that a function has caught is "
    "none of these, so it never moves on. Write a `Sampling` layer.",
)
def sampling_with_a_caught_generator():
    generator = keras.random.SeedGenerator(1)
    return around_sampling(layers.Lambda(lambda mean: sample(mean, generator)))


@case(3, "sampling as a `Lambda`, `tf.random.normal`", TENSORFLOW_ONLY)
def sampling_with_tensorflow():
    def sample_with_tensorflow(mean):
        return mean + tf.random.normal(tf.shape(mean))

    return around_sampling(layers.Lambda(sample_with_tensorflow, output_shape=(4,)))


@case(3, "`Sampling` layer with a `SeedGenerator`")
def sampling_layer():
    class Sampling(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.seed_generator = keras.random.SeedGenerator(1)

        def call(self, mean):
            return sample(mean, self.seed_generator)

    return around_sampling(Sampling())


@case(3, "KL by `add_loss` in a layer")
def loss_in_a_layer():
    class AddKL(layers.Layer):
        def call(self, mean):
            self.add_loss(ops.mean(ops.square(mean)) / 2)
            return mean

    return around(AddKL())


def model_that(kind):
    """Return `predict` and `fit` for a kind of keras.Model, on three numbers."""
    inputs, x = keras.Input((3,)), numbers(8, 3)
    model = compiled(kind(inputs, layers.Dense(3)(inputs)), "mse")
    return {"predict": (model, x), "fit": (model, x, x), "random": True}


@case(3, "a model with a `compute_loss` of its own")
def compute_loss():
    class ComputesItsLoss(keras.Model):
        def compute_loss(self, x, y, y_pred, sample_weight, training=True):
            return ops.mean(ops.square(y - y_pred))

    return model_that(ComputesItsLoss)


@case(
    3,
    "a model with a `train_step` of its own, `tf.GradientTape`",
    "A `train_step` belongs to one backend: gradients and state are handled "
    "differently in each. Override `compute_loss` instead.",
)
def train_step():
    class StepsByItself(keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = ops.mean(ops.square(y - self(x, training=True)))
            variables = self.trainable_variables
            gradients = tape.gradient(loss, variables)
            self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
            return {"loss": loss}

    return model_that(StepsByItself)


# --- chapter 4 ---------------------------------------------------------------------


@case(4, "`Lambda` of `tf.nn.space_to_depth`", TENSORFLOW_ONLY)
def tensorflow_space_to_depth():
    halve = layers.Lambda(lambda x: tf.nn.space_to_depth(x, 2), output_shape=(2, 2, 12))
    return around(halve, shape=(4, 4, 3))


@case(4, "`Lambda` of `keras.ops.space_to_depth`")
def space_to_depth():
    return around(layers.Lambda(lambda x: ops.space_to_depth(x, 2)), shape=(4, 4, 3))


def around_loss(layer, x, trained, loss=identity_loss):
    """Return a layer that is a loss, of given predictions, and after a trained layer.

    `x` holds an array for each input; the first are the predictions.
    """
    inputs = [keras.Input(array.shape[1:], dtype=array.dtype.name) for array in x]
    training_model = keras.Model(inputs, layer([trained(inputs[0]), *inputs[1:]]))
    return {
        "predict": (keras.Model(inputs, layer(inputs)), x),
        "fit": (compiled(training_model, loss), x, np.zeros((len(x[0]), 1))),
    }


@case(4, "a loss with four inputs as a `Lambda`")
def loss_of_four():
    def weighted_squares(tensors):
        predicted, wanted, mask, weight = tensors
        squares = weight * mask * ops.square(wanted - predicted)
        return ops.sum(squares, axis=-1, keepdims=True)

    x = [numbers(8, 3) for _ in range(4)]
    return around_loss(layers.Lambda(weighted_squares), x, layers.Dense(3))


# --- chapter 5 ---------------------------------------------------------------------


def ctc_layer(ctc, scores):
    """Return a CTC loss layer on given scores, and after a trainable layer."""
    x = [
        scores,
        np.array([[1, 1], [2, 0]], "int32"),  # labels
        np.array([[6], [5]], "int32"),  # length of the input
        np.array([[2], [1]], "int32"),  # length of the label
    ]
    layer = layers.Lambda(ctc, output_shape=(1,))
    return around_loss(layer, x, layers.Dense(4, activation="softmax"))


@case(
    5,
    "CTC by `tf.keras.backend.ctc_batch_cost`",
    "`tf.keras.backend` is made of TensorFlow's functions. `keras.ops.ctc_loss` runs "
    "under each backend; it wants logits, and says where the blank is.",
)
def ctc_batch_cost():
    def ctc(tensors):
        predicted, labels, input_length, label_length = tensors
        return tf.keras.backend.ctc_batch_cost(
            labels, predicted, input_length, label_length
        )

    scores = np.exp(numbers(2, 6, 4))
    return ctc_layer(ctc, scores / scores.sum(axis=-1, keepdims=True))


@case(5, "CTC by `keras.ops.ctc_loss`")
def ctc_loss():
    def ctc(tensors):
        predicted, labels, input_length, label_length = tensors
        losses = ops.ctc_loss(
            labels,
            predicted,
            ops.squeeze(label_length, axis=1),
            ops.squeeze(input_length, axis=1),
            mask_index=3,
        )
        return ops.expand_dims(losses, axis=1)

    return ctc_layer(ctc, numbers(2, 6, 4))


# --- chapter 6 ---------------------------------------------------------------------


@case(6, "loss layer under a dict-keyed identity loss")
def dict_keyed_identity_loss():
    def weighted_squared_error(tensors):
        predicted, measured, error_bar = tensors
        return ops.square((measured - predicted) / error_bar)

    x = [numbers(8, 1), numbers(8, 1), np.full((8, 1), 2.0, "float32")]
    layer = layers.Lambda(weighted_squared_error, output_shape=(1,), name="error")
    return around_loss(layer, x, layers.Dense(1), {"error": identity_loss})


@case(6, "endpoint layer")
def endpoint_layer():
    class Endpoint(layers.Layer):
        def call(self, tensors):
            predicted, measured = tensors
            self.add_loss(ops.mean(ops.square(measured - predicted)))
            return predicted

    inputs, measured = keras.Input((1,)), keras.Input((1,))
    model = keras.Model(
        [inputs, measured], Endpoint()([layers.Dense(1)(inputs), measured])
    )
    x = [numbers(8, 1), numbers(8, 1)]
    alone = keras.Model([inputs, measured], Endpoint()([inputs, measured]))
    return {"predict": (alone, x), "fit": (compiled(model, None), x, None)}


# --- chapter 7 ---------------------------------------------------------------------


def saved_and_loaded(models, **settings):
    """Return the models of a case as they come back from files."""
    with tempfile.TemporaryDirectory() as folder:
        for use, (model, *data) in models.items():
            model.save(f"{folder}/model.keras")
            loaded = keras.saving.load_model(f"{folder}/model.keras", **settings)
            models[use] = (loaded, *data)
    return models


@case(7, "a registered layer, saved and loaded")
def saved_layer():
    @keras.saving.register_keras_serializable(package="backends")
    class AntiRectifier(layers.Layer):
        def call(self, x):
            return ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1)

    return saved_and_loaded(around(AntiRectifier()))


@case(7, "a lambda, saved and loaded with `safe_mode=False`")
def saved_lambda():
    return saved_and_loaded(around(layers.Lambda(lambda x: 2 * x)), safe_mode=False)
