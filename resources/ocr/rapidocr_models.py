"""RapidOCR's model files: those in its wheel, or another for reading; checked before it opens them.

RapidOCR downloads what it does not find. Here it is given files, and only ones it has all it needs
in, so that it never turns to the network.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from resources.models.failures import ModelUnavailable
from resources.ocr.rapidocr_engine import MOST_PX, RapidOcrReader

DETECTION_MODEL = "PP-OCRv6_det_small.onnx"
READING_MODEL = "PP-OCRv6_rec_small.onnx"


@dataclass(frozen=True)
class ModelFiles:
    """The two ONNX models in use."""

    detection: Path
    reading: Path


def bundled_models() -> ModelFiles | None:
    """The models in RapidOCR's wheel, or None when the package is not installed."""
    package = find_spec("rapidocr")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "models"
    return ModelFiles(folder / DETECTION_MODEL, folder / READING_MODEL)


def open_rapidocr(models: ModelFiles, threads: int) -> RapidOcrReader:
    """Load the models, once per process. Raises ModelUnavailable."""
    for path in (models.detection, models.reading):
        if not path.is_file():
            raise ModelUnavailable(
                f"there is no text model at {path}: set ocr.reading_model to one that is there, "
                "or leave it out; the bundled ones come with pip install --force-reinstall rapidocr"
            )
    return _loaded(models, threads, models.reading.stat().st_mtime_ns)


@cache
def _loaded(models: ModelFiles, threads: int, modified_ns: int) -> RapidOcrReader:
    """The models of files that have not changed since."""
    from rapidocr import RapidOCR

    del modified_ns
    check_reading_model(models.reading)
    parameters = {
        "Global.log_level": "error",
        "Global.max_side_len": 2 * MOST_PX,  # pictures come in the size in which they are used
        "Det.limit_type": "max",
        "Det.limit_side_len": 2 * MOST_PX,
        "Det.model_path": str(models.detection),
        "Rec.model_path": str(models.reading),
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return RapidOcrReader(RapidOCR(params=parameters))


def check_reading_model(path: Path) -> None:
    """Raise ModelUnavailable for a file that RapidOCR cannot read with.

    Without its alphabet inside, RapidOCR would try to download one.
    """
    from onnxruntime import InferenceSession
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

    try:
        model = InferenceSession(path, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise ModelUnavailable(f"{path} is no ONNX model: change ocr.reading_model") from error
    if "character" not in model.get_modelmeta().custom_metadata_map:
        raise ModelUnavailable(
            f"{path} does not hold its alphabet (metadata 'character'): "
            "set ocr.reading_model to a PP-OCR recognition model"
        )
