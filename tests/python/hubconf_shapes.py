"""What torch.hub.list would show of each folder, by its own import: hubconf_shapes.py FOLDER... prints a JSON list."""

import json
import os
import sys

import torch

answers = []
for folder in sys.argv[1:]:
    before = set(sys.modules)
    path = list(sys.path)
    sys.path.insert(0, folder)
    try:
        module = torch.hub._import_module("hubconf.py", os.path.join(folder, "hubconf.py"))
        answers.append([name for name in dir(module) if callable(getattr(module, name)) and not name.startswith("_")])
    except BaseException as error:
        answers.append(type(error).__name__)
    sys.path[:] = path
    for name in set(sys.modules) - before:
        del sys.modules[name]
os.write(3, json.dumps(answers).encode())
