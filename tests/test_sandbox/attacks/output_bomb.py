"""Text without end is printed."""


def affine_forward(x, w, b):
    while True:
        print("x" * 1_000_000)
