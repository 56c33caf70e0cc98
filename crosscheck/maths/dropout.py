"""Dropout, in training and in test mode."""

from crosscheck.maths._record import Maths, Step

SOURCE = "N. Srivastava et al., Dropout, JMLR 2014, section 10; inverted, as Caffe and CS231n"
WHERE = {"x": "activations", "p": "the probability to keep an element", "seed": "of the mask"}

MATHS = {
    "dropout": Maths(
        about="Inverted dropout, in training: each element is kept with probability p and divided "
        "by p, otherwise it is 0.",
        where=WHERE,
        forward=(
            Step("mask = rand(*x.shape) < p", "*s", "after np.random.seed(seed)"),
            Step("out = x·mask/p", note="x on average: p·x/p"),
        ),
        backward=(Step("dx = dout·mask/p", note="out is x times a constant"),),
        pitfalls=(
            "p is to keep here. If p is to drop (torch), the scale is 1/(1 - p): at p = 0.5 nobody "
            "sees the difference.",
            "The backward has the forward's mask, and its 1/p: cache it, draw none.",
            "np.random.rand, not randn: the numbers must be uniform.",
        ),
        source=SOURCE,
    ),
    "dropout_test": Maths(
        about="Inverted dropout, in test mode: it does nothing.",
        where={**WHERE, "p": "not used", "seed": "not used"},
        forward=(Step("out = x"),),
        backward=(Step("dx = dout"),),
        pitfalls=(
            "No factor p: the training has divided by it already.",
            "Nothing is drawn: the same x gives the same out.",
        ),
        source=SOURCE,
    ),
}
