"""HDF5 files whose array x is not in them: by a link, a virtual array, raw storage; own.h5's virtual array is its own.

  python test/goldens/hdf5_elsewhere.py   (h5py, numpy)  → test/runtime/data/golden/hdf5-elsewhere/
"""
from pathlib import Path

import h5py
import numpy as np

out = Path(__file__).parents[1] / "runtime/data/golden/hdf5-elsewhere"
out.mkdir(exist_ok=True)
images = np.arange(64, dtype="u1").reshape(4, 4, 4)
with h5py.File(out / "link.h5", "w") as file:
    file["x"] = h5py.ExternalLink("../other.h5", "/g/x")
    file["folder"] = h5py.ExternalLink("../other.h5", "/g")
    file["soft"] = h5py.SoftLink("/folder/x")
    file["y"] = np.array([0.0, 1, 0, 1])
for name, source, array in [("virtual.h5", "../other.h5", "g/x"), ("own.h5", ".", "parts")]:
    with h5py.File(out / name, "w") as file:
        if source == ".":
            file["parts"] = images
        layout = h5py.VirtualLayout((4, 4, 4), "u1")
        layout[:] = h5py.VirtualSource(source, array, (4, 4, 4))
        file.create_virtual_dataset("x", layout)
        file["y"] = np.array([0.0, 1, 0, 1])
with h5py.File(out / "raw.h5", "w") as file:
    file.create_dataset("x", (4, 4, 4), "u1", external=[("../other.bin", 0, 64)])
    file["y"] = np.array([0.0, 1, 0, 1])
