"""torch.hub entry points: models that read hand-written digits."""

import os

import torch

from digit_reader.network import DigitClassifier as _DigitClassifier
from digit_reader.network import DigitReader as _DigitReader

dependencies = ["torch"]

_PRETRAINED_WIDTH = 32


def _load_weights(model):
    """Fills a model of the published width with the weights attached to release v1."""
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    url = server + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth"
    model.load_state_dict(torch.hub.load_state_dict_from_url(url, progress=False, check_hash=True))
    return model


def digit_reader(pretrained: bool = False, width: int = 32):
    """Reads hand-written digits, 8 x 8, grey.

    The model takes images of shape (N, 8, 8) with values from 0 (white) to 16 (black), and gives scores
    of shape (N, 10): the largest is at the digit's index.

    Args:
        pretrained: whether to load the published weights, which are of width 32
        width: channels of the first layer

    Example:
        >>> model = torch.hub.load("acme/digits", "digit_reader", pretrained=True)
        >>> model(image).argmax(1)
        tensor([7])
    """
    if pretrained and width != _PRETRAINED_WIDTH:
        raise ValueError(f"the published weights are of width {_PRETRAINED_WIDTH}, not {width}")
    model = _DigitReader(width).eval()
    return _load_weights(model) if pretrained else model


def digit_classifier(pretrained: bool = False):
    """Names hand-written digits: as digit_reader, with the digits themselves as the answer.

    The model takes images of shape (N, 8, 8) and gives int64 digits of shape (N).

    Example:
        >>> model = torch.hub.load("acme/digits", "digit_classifier", pretrained=True)
        >>> model(image)
        tensor([7])
    """
    return _DigitClassifier(digit_reader(pretrained)).eval()
