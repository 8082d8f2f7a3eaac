"""Runs one command somewhere in a Ray cluster: passes on what it prints, what it is told, and how it ended.

Started by `evenkeel run --target ray` with a Python that has Ray::

    python ray_driver.py --address auto --num-gpus 1 --env EVENKEEL_OUT -- python train.py

It uses Ray's core alone (an actor that holds the command), so that it works where the Jobs API is not installed. Ray
decides where the command runs and what it may use. Standard library and Ray only; Python 3.9 or newer.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading

#: Seconds that one question for more output may wait for an answer.
READ_SECONDS = 0.5
#: Seconds in which a cluster answers that is there.
CONNECT_SECONDS = 10
#: Seconds between two words about what a command that has not begun waits for.
PATIENCE_SECONDS = 15
#: Bytes of output that wait to be fetched before the command has to wait.
BUFFER_BYTES = 1 << 22

#: Runs beside the command on its node: when the actor is gone (its end of the pipe closes), so is the command.
GUARD = """
import os, signal, subprocess, sys, threading, time
# A thread of Ray's has started us, and hears no signals.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
except OSError as error:
    print(f"evenkeel: {sys.argv[1]}: {error.strerror}", flush=True)
    os._exit(127 if isinstance(error, FileNotFoundError) else 126)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
def guard():
    sys.stdin.buffer.read()
    child.terminate()
    time.sleep(5)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=guard, daemon=True).start()
status = child.wait()
os._exit(128 - status if status < 0 else status)
"""


class Command:
    """Holds the command on the node that Ray has chosen. Its methods are called side by side."""

    def __init__(self):
        self._process = None
        self._output = bytearray()
        self._change = threading.Condition()
        self._ended = False

    def start(self, words, folder, environment):
        """Begins. Returns None, or why it can't."""
        try:
            os.chdir(folder)
            self._process = subprocess.Popen(
                [sys.executable, "-c", GUARD, *words],
                env={**os.environ, **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return str(error)
        threading.Thread(target=self._collect, daemon=True).start()
        return None

    def _collect(self):
        stream = self._process.stdout
        while True:
            piece = stream.read1(1 << 16)
            with self._change:
                while len(self._output) > BUFFER_BYTES:
                    self._change.wait()
                self._output += piece
                self._ended = not piece
                self._change.notify_all()
            if not piece:
                return

    def read(self):
        """What it has printed since the last call, and its status once it has ended and all has been fetched."""
        with self._change:
            if not self._output and not self._ended:
                self._change.wait(READ_SECONDS)
            piece = bytes(self._output)
            self._output.clear()
            self._change.notify_all()
            ended = self._ended
        return piece, self._process.wait() if ended else None

    def tell(self, number):
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)


def _say(message):
    print(f"evenkeel: {message}", file=sys.stderr, flush=True)


def _arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="auto")
    parser.add_argument("--num-cpus", type=float, default=1)
    parser.add_argument("--num-gpus", type=float, default=0)
    parser.add_argument("--memory", type=float)
    parser.add_argument("--resources", type=json.loads, default={})
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _why_unreachable(address):
    """Ray goes on asking for minutes where nobody listens."""
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        return None
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
        return None
    except OSError as error:
        return error.strerror or str(error)


def _wait_until_begun(ray, beginning, wanted):
    """Ray tells nobody why something waits: it is compared with what there is."""
    while True:
        ready, _ = ray.wait([beginning], timeout=PATIENCE_SECONDS)
        if ready:
            return ray.get(beginning)
        there = ray.cluster_resources()
        lacking = [f"{name} {amount:g} of {there.get(name, 0):g}" for name, amount in wanted.items() if amount > there.get(name, 0)]
        free = ray.available_resources()
        busy = [f"{name} {amount:g} of {free.get(name, 0):g} free" for name, amount in wanted.items() if amount > free.get(name, 0)]
        if lacking:
            _say(f"it asks for more than the cluster has ({', '.join(lacking)}): it waits for nodes to come")
        else:
            _say(f"waits for the cluster ({', '.join(busy) or 'no single node has all that it asks for'})")


def main():
    arguments = _arguments()
    try:
        import ray
    except ImportError:
        _say(f"Ray is not installed in {sys.executable}: name a Python that has it (--python)")
        return 2
    unreachable = _why_unreachable(arguments.address)
    if unreachable is not None:
        _say(f"no Ray cluster at {arguments.address}: {unreachable}")
        return 2
    try:
        ray.init(address=arguments.address, log_to_driver=False, logging_level="error")
    except ConnectionError as error:
        _say(f"no Ray cluster at {arguments.address}: {str(error).splitlines()[0]}")
        return 2
    wanted = {"CPU": arguments.num_cpus, "GPU": arguments.num_gpus, "memory": arguments.memory or 0, **arguments.resources}
    holder = ray.remote(Command).options(
        num_cpus=arguments.num_cpus,
        num_gpus=arguments.num_gpus,
        memory=arguments.memory,
        resources=arguments.resources,
        max_concurrency=4,
    ).remote()
    told = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: told.append(number))
    environment = {name: os.environ[name] for name in arguments.env if name in os.environ}
    beginning = holder.start.remote(arguments.command, os.getcwd(), environment)
    waiting = threading.Event()
    problem = []

    def begin():
        try:
            problem.append(_wait_until_begun(ray, beginning, {name: amount for name, amount in wanted.items() if amount}))
        except Exception as error:  # Whatever Ray raises is the answer.
            problem.append(str(error))
        waiting.set()

    threading.Thread(target=begin, daemon=True).start()
    while not waiting.wait(0.2):
        if told:
            return 128 + told[0]
    if problem[0] is not None:
        _say(f"{arguments.command[0]}: {problem[0]}")
        return 127
    return _pass_on(ray, holder, told)


def _pass_on(ray, holder, told):
    out = sys.stdout.buffer
    try:
        while True:
            while told:
                holder.tell.remote(told.pop(0))
            piece, status = ray.get(holder.read.remote())
            out.write(piece)
            out.flush()
            if status is not None:
                return 128 - status if status < 0 else status
    except ray.exceptions.RayActorError as error:
        _say(f"the node or the process that held it is gone: {str(error).splitlines()[0]}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
