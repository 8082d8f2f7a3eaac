"""Runs training scripts of Keras and JAX and notes what each of them says that it saw.

    python prove_seen.py OUT.json JOBS.json

A job is {"name", "script"}; it comes to {"error", "seen"}, where "seen" is the variable SEEN of the script.
"""

import contextlib
import io
import json
import os
import runpy
import sys
import tempfile
import traceback


def work(script):
    sys.argv = [script]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            space = runpy.run_path(script, run_name="__main__")
    except BaseException:
        return {"error": traceback.format_exc(), "seen": None}
    finally:
        keras = sys.modules.get("keras")
        if keras:
            # A policy of mixed precision would hold for the scripts that follow.
            keras.config.set_dtype_policy("float32")
            keras.backend.clear_session()
    return {"error": None, "seen": space.get("SEEN")}


def main(out, jobs):
    with open(jobs, encoding="utf-8") as file:
        todo = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        results = {job["name"]: work(job["script"]) for job in todo}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
