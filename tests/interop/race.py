"""Python's torch.hub in a race for one file: race.py URL. Prints the SHA-256 of what load_state_dict_from_url found."""

import hashlib
import sys

import torch

found = []
torch.load = lambda file, **options: found.append(hashlib.sha256(open(file, "rb").read()).hexdigest())
if hasattr(torch.hub, "_is_legacy_zip_format"):
    torch.hub._is_legacy_zip_format = lambda file: False
torch.hub.load_state_dict_from_url(sys.argv[1], progress=False)
print(found[0])
