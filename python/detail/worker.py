"""Runs a hubconf.py and tells what it offers, on descriptor 3: worker.py FOLDER.

Each text is its length in bytes, a colon and its bytes. First "done", then the number of dependencies and they, then
the number of callables and name, signature and docstring of each; or "raised", type, message and traceback.
"""

import atexit
import os
import sys
import traceback

# Kept apart from what the repository's code may do to it.
answer = os.fdopen(os.dup(3), "wb")
os.close(3)
here = os.path.dirname(os.path.abspath(__file__))
# Of the environment that was chosen: python_process() of python_places.h.
if "TORCHHUB_SYS_PATH" in os.environ:
    sys.path[:] = os.environ.pop("TORCHHUB_SYS_PATH").split(":")
sys.path.insert(0, here)
import torchhub_run_hubconf

sys.path.remove(here)
finish = os._exit


def tell(*texts):
    for text in texts:
        encoded = text.encode("utf-8", "backslashreplace")
        answer.write(b"%d:%s" % (len(encoded), encoded))


try:
    conf = torchhub_run_hubconf.Hubconf(sys.argv[1])
    dependencies = conf.dependencies()
    with conf.running():
        callables = conf.describe_all()
except BaseException as error:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    tell("raised", name, str(error), "".join(traceback.format_exception(error)))
else:
    tell("done", str(len(dependencies)), *dependencies)
    tell(str(len(callables)))
    for description in callables:
        tell(*description)
answer.flush()
atexit._run_exitfuncs()
for stream in (sys.stdout, sys.stderr):
    try:
        stream.flush()
    except BaseException:
        pass  # of its own making, or gone
# Threads that the repository left running are not waited for.
finish(0)
