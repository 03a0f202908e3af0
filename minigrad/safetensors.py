"""Tensors in files without a pickle, under the names of ``safetensors.torch``; needs the safetensors package."""

from .serialization.safe import load as load
from .serialization.safe import load_file as load_file
from .serialization.safe import save as save
from .serialization.safe import save_file as save_file
