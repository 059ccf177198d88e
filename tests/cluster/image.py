"""Packs static programs into a container image, without Docker.

image.py OUT.tar REFERENCE ENTRYPOINT PROGRAM... : a PROGRAM with a slash is a file that goes to /bin,
one without is a link to busybox, and a folder (a slash at its end) is the rest of the file system.
"""
import hashlib
import io
import json
import os
import platform
import sys
import tarfile

out, reference, entrypoint, *programs = sys.argv[1:]


def add(archive, name, data=None, **fields):
    entry = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(entry, field, value)
    entry.size = len(data or b"")
    archive.addfile(entry, io.BytesIO(data or b""))


layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as archive:
    add(archive, "tmp", type=tarfile.DIRTYPE, mode=0o1777)
    add(archive, "etc", type=tarfile.DIRTYPE, mode=0o755)
    for program in programs:
        target = "bin/" + os.path.basename(program)
        if program.endswith("/"):
            archive.add(program, ".")
        elif "/" in program:
            with open(program, "rb") as file:
                add(archive, target, file.read(), mode=0o755)
        else:
            add(archive, target, type=tarfile.SYMTYPE, linkname="busybox")
layer = layer.getvalue()

config = json.dumps({
    "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
    "os": "linux",
    "config": {"Entrypoint": json.loads(entrypoint), "Env": ["PATH=/bin"]},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
}).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"

with tarfile.open(out, "w") as archive:
    add(archive, config_name, config)
    add(archive, "layer.tar", layer)
    manifest = [{"Config": config_name, "RepoTags": [reference], "Layers": ["layer.tar"]}]
    add(archive, "manifest.json", json.dumps(manifest).encode())
