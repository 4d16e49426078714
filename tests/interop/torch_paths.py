"""Where Python's torch.hub keeps things, as JSON: torch_paths.py < {"urls": [...], "repos": [...], "environments": [...]}."""

import json
import os
import sys
import tempfile

import torch

asked = json.load(sys.stdin)
answer = {"urls": [], "repos": [], "environments": []}


def file_of(url):
    """The name that load_state_dict_from_url gives a URL's file, or null where it cannot."""
    found = []

    def download(url, destination, *arguments, **options):
        found.append(os.path.basename(destination))
        raise KeyboardInterrupt

    torch.hub.download_url_to_file = download
    with tempfile.TemporaryDirectory() as folder:
        try:
            torch.hub.load_state_dict_from_url(url, model_dir=folder)
        except KeyboardInterrupt:
            return found[0] or None
        except Exception:
            return None


def folder_of(repo):
    """The folder that load looks for."""
    exists = os.path.exists
    hub_dir = torch.hub.get_dir()
    os.path.exists = lambda path: str(path).startswith(hub_dir) or exists(path)
    try:
        options = {} if torch.__version__ >= "2" else {"calling_fn": "load"}
        return os.path.basename(torch.hub._get_cache_or_reload(repo, False, True, verbose=False, **options))
    finally:
        os.path.exists = exists


def dir_of(environment):
    for name in ("HOME", "TORCH_HOME", "XDG_CACHE_HOME", "TORCH_HUB"):
        os.environ.pop(name, None)
    os.environ.update(environment)
    torch.hub._hub_dir = None
    return torch.hub.get_dir()


answer["urls"] = [file_of(url) for url in asked["urls"]]
with tempfile.TemporaryDirectory() as home:
    os.environ["TORCH_HOME"] = home
    os.makedirs(os.path.join(home, "hub"))
    open(os.path.join(home, "hub", "trusted_list"), "w").close()
    answer["repos"] = [folder_of(repo) for repo in asked["repos"]]
answer["environments"] = [dir_of(environment) for environment in asked["environments"]]
json.dump(answer, sys.stdout)
