"""What a hubconf.py offers, read from its syntax tree. Nothing of it is run."""

import os

from torchhub_static_modules import Module, Repository
from torchhub_static_statements import literal_names


def read(folder):
    """What read_hubconf.h calls HubconfText, as a tuple."""
    repository = Repository(folder)
    module = Module(repository, "hubconf.py", os.path.join(folder, "hubconf.py"))
#torch.hub's name for the module has a dot, but there is no package around it.
    module.package = ""
    source, tree = module.parsed()
    module.compile(source)
    module.follow(tree)
    public = [value for name, value in module.names.items() if not name.startswith("_")]
    complete = repository.is_complete and not module.is_open and "__dir__" not in module.names
    complete = complete and all(value.certain for value in public)
    callables = ((name, value.entry) for name, value in module.names.items() if value.entry)
    entries = sorted((name, entry.signature, entry.docstring) for name, entry in callables)
    declared = module.names.get("dependencies")
    dependencies = literal_names(declared.data) or [] if declared else []
    missing = [name for name in dependencies if repository.path.is_missing(name)]
    told = {name.partition(".")[0] for name in missing}
    problems = [text for top, text in repository.problems.items() if top not in told]
    return entries, dependencies, missing, complete, problems, repository.path.own_folders
