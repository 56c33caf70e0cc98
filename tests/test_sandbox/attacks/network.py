"""Sockets are opened: TCP, UDP, of Unix, and abstract ones."""

import socket


def affine_forward(x, w, b):
    for family, kind, place in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", PORT)),
        (socket.AF_UNIX, socket.SOCK_STREAM, "HIDDEN"),
        (socket.AF_UNIX, socket.SOCK_DGRAM, "\0crosscheck"),
    ):
        try:
            with socket.socket(family, kind) as one:
                one.connect(place)
                one.send(b"hello")
        except OSError:
            continue
        raise SystemError("there is a network")
    raise LookupError
