"""What a list of dependencies means in the Python that runs this: dependencies.py NAME...

A hubconf.py names modules ("PIL"); some name distributions ("Pillow"). Each answer is a line of three words: the
distribution, the module, and the installed version or "-".
"""

import importlib.machinery
import importlib.metadata
import re
import sys

# Modules whose distribution has another name, for what is not installed.
KNOWN = {
    "PIL": "Pillow", "cv2": "opencv-python", "yaml": "PyYAML", "sklearn": "scikit-learn", "skimage": "scikit-image",
    "bs4": "beautifulsoup4", "Crypto": "pycryptodome", "dateutil": "python-dateutil", "git": "GitPython",
    "attr": "attrs", "google.protobuf": "protobuf", "pkg_resources": "setuptools", "dotenv": "python-dotenv",
    "usb": "pyusb", "serial": "pyserial", "OpenSSL": "pyOpenSSL", "wx": "wxPython", "fairseq": "fairseq",
    "hydra": "hydra-core", "tensorflow_hub": "tensorflow-hub", "pytorch_lightning": "pytorch-lightning",
    "sentencepiece": "sentencepiece", "soundfile": "soundfile", "timm": "timm", "sacremoses": "sacremoses",
    "clip": "openai-clip", "faiss": "faiss-cpu", "fitz": "PyMuPDF", "IPython": "ipython", "jwt": "PyJWT",
    "Levenshtein": "python-Levenshtein", "mpl_toolkits": "matplotlib", "OpenGL": "PyOpenGL", "pywt": "PyWavelets",
    "ruamel": "ruamel.yaml", "skvideo": "scikit-video", "thop": "ultralytics-thop", "umap": "umap-learn",
    "whisper": "openai-whisper", "zmq": "pyzmq", "absl": "absl-py", "azureml": "azureml-core", "Bio": "biopython",
    "docx": "python-docx", "espnet2": "espnet", "ffmpeg": "ffmpeg-python", "health_multimodal": "hi-ml-multimodal",
    "magic": "python-magic", "mmseg": "mmsegmentation", "open_clip": "open-clip-torch", "osgeo": "GDAL",
    "paddle": "paddlepaddle", "pl_bolts": "lightning-bolts", "skopt": "scikit-optimize", "taming": "taming-transformers",
}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(name):
    try:
        return importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None


def modules_of_distribution(found):
    listed = (found.read_text("top_level.txt") or "").split()
    if listed:
        return listed
    return sorted({str(file).split("/")[0].removesuffix(".py") for file in found.files or () if str(file).endswith(".py")})


def look_up(name):
    top = name.partition(".")[0]
    known = {canonical(distribution): module for module, distribution in KNOWN.items()}
    found = distribution(name)
    # A distribution's name that is no module's.
    if importlib.machinery.PathFinder.find_spec(top) is None and top not in sys.builtin_module_names:
        if found is not None:
            module = known.get(canonical(name)) or next(iter(modules_of_distribution(found)), name)
            return found.metadata["Name"], module, found.version
        if canonical(name) in known:
            return name, known[canonical(name)], "-"
        return KNOWN.get(name, KNOWN.get(top, top)), name, "-"
    if top in sys.stdlib_module_names:
        return top, name, "%d.%d.%d" % sys.version_info[:3]
    owners = importlib.metadata.packages_distributions().get(top, [])
    owner = distribution(owners[0]) if owners else found
    return (owner.metadata["Name"], name, owner.version) if owner else (top, name, "unknown")


for asked in sys.argv[1:]:
    print(*look_up(asked))
