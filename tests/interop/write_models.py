"""State dicts of pytorchcv's architectures with random weights, and what Python's models make of an input.

write_models.py FOLDER ARCHITECTURE...
"""

import os
import sys

import torch
from pytorchcv.model_provider import get_model

torch.set_num_threads(1)
folder, *names = sys.argv[1:]
torch.manual_seed(0)
image = torch.randn(1, 3, 224, 224)
torch.save(image, os.path.join(folder, "input.pt"))
for name in names:
    model = get_model(name)
    for norm in model.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_mean.normal_(0, 0.1)
            norm.running_var.uniform_(0.5, 1.5)
    torch.save(model.state_dict(), os.path.join(folder, f"{name}.pth"))
    with torch.no_grad():
        torch.save(model.eval()(image), os.path.join(folder, f"{name}.output.pt"))
