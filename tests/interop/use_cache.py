"""Python's own torch.hub on a cache that torchhub filled; there is no network to fall back on."""

import sys

import torch

image = torch.load(sys.argv[1])
print(torch.hub.list("acme/digits:main", trust_repo="check"))
model = torch.hub.load("acme/digits:main", "digit_classifier", pretrained=True, trust_repo="check")
print(model(image).item())
