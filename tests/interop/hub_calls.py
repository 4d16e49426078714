"""Python's torch.hub, called as a table says, with a local server in GitHub's place.

hub_calls.py < {"server": ..., "api": ..., "home": ..., "rows": [[call, ...], ...]}; a call is
{"function": ..., "arguments": [...], "keywords": {...}, "answer": ...}. Each row has a hub directory of its own. For
each row's last call a JSON object is printed: {"result"} and {"files"}, or {"error"}.
"""

import builtins
import contextlib
import io
import json
import os
import sys
import urllib.request
import warnings

import torch

asked = json.load(sys.stdin)


def led_here(url):
    for original, here in (("https://api.github.com", asked["api"]), ("https://github.com", asked["server"])):
        if url.startswith(original):
            return here + url[len(original):]
    return url


def request(url, *arguments, **options):
    return urllib.request.Request(led_here(url), *arguments, **options)


def urlopen(url, *arguments, **options):
    return urllib.request.urlopen(led_here(url) if isinstance(url, str) else url, *arguments, **options)


torch.hub.Request = request
torch.hub.urlopen = urlopen


def summary_of(state_dict):
    names = list(state_dict)
    return f"{len(names)} {names[0]} {sum(float(t.double().sum()) for t in state_dict.values()):.4f}"


def files_of(folder):
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("__pycache__", ".torchhub")]
        for name in names:
            path = os.path.join(parent, name)
            size = os.path.getsize(path)
            if name != "trusted_list" or size > 0:
                found.append([os.path.relpath(path, folder), size])
    return sorted(found)


def call(function, arguments, keywords, answer=None):
    def ask(question):
        if answer is None:
            raise EOFError("EOF when reading a line")
        return answer

    builtins.input = ask
    if function == "list":
        return ",".join(torch.hub.list(*arguments, **keywords))
    if function == "help":
        return torch.hub.help(*arguments, **keywords) or ""
    if function == "load":
        return str(torch.hub.load(*arguments, **keywords))
    if function == "state_dict":
        return summary_of(torch.hub.load_state_dict_from_url(*arguments, **keywords))
    if function == "download":
        torch.hub.download_url_to_file(*arguments, **keywords, progress=False)
        return f"{os.path.getsize(arguments[1])} {os.stat(arguments[1]).st_mode & 0o777:o}"
    if function == "get_dir":
        return torch.hub.get_dir()
    raise ValueError(function)


answers = []
for number, row in enumerate(asked["rows"]):
    hub_dir = os.path.join(asked["home"], str(number), "hub")
    torch.hub.set_dir(hub_dir)
    os.makedirs(hub_dir)
    modules = set(sys.modules)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for step in row:
                text = json.dumps(step).replace("{dir}", hub_dir)
                result = call(**json.loads(text))
        answers.append({"result": result.replace(hub_dir, "{dir}"), "files": files_of(hub_dir)})
    except BaseException as error:
        answers.append({"error": f"{type(error).__name__}: {error}"})
    # As in a process of its own.
    for name in set(sys.modules) - modules:
        del sys.modules[name]
json.dump(answers, sys.stdout)
