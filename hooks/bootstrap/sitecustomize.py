"""Loads Evenkeel's hook when Python starts: the runner puts this folder first on PYTHONPATH.

Python imports the first `sitecustomize` that it finds; the job's own, if it has one, is run as if this one were not
there. Whatever goes wrong here, the job starts.
"""

import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _run_the_jobs_own():
    elsewhere = [folder for folder in sys.path if os.path.abspath(folder or os.curdir) != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _load_the_hook():
    file = os.path.join(os.path.dirname(_HERE), "evenkeel.py")
    spec = importlib.util.spec_from_file_location("evenkeel", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["evenkeel"] = module
    spec.loader.exec_module(module)


try:
    if os.environ.get("EVENKEEL_OUT"):
        _load_the_hook()
except Exception as error:
    sys.modules.pop("evenkeel", None)
    print(f"evenkeel: the hook could not be loaded, the training goes on unwatched: {error}", file=sys.stderr)

_run_the_jobs_own()
