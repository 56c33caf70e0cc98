"""As the assignment has been handed out since 2021: every body is empty."""


class LinearModule(object):
    def __init__(self, in_features, out_features, input_layer=False):
        #######################
        # PUT YOUR CODE HERE  #
        #######################
        pass

    def forward(self, x):
        return out

    def backward(self, dout):
        return dx


class ReLUModule(object):
    def forward(self, x):
        return out

    def backward(self, dout):
        return dx


class SoftMaxModule(object):
    def forward(self, x):
        return out

    def backward(self, dout):
        return dx


class CrossEntropyModule(object):
    def forward(self, x, y):
        return out

    def backward(self, x, y):
        return dx
