"""Data sets, transforms and batches.

A data set has a length and samples by index; a `DataLoader` draws an order for each epoch and gives batches with
`batch.x` and `batch.y`. Data sets that can fetch many samples at once are asked once a batch. Images stay bytes until
their batch is made.
"""

from tinytorch.dataloader._batch import Batch, Indices, collate
from tinytorch.dataloader._cifar10 import CIFAR10
from tinytorch.dataloader._dataset import BatchedDataset, Dataset, Subset, TensorDataset, random_split
from tinytorch.dataloader._digits import Digits
from tinytorch.dataloader._download import data_folders
from tinytorch.dataloader._errors import DataNotFoundError, DownloadError, FormatError
from tinytorch.dataloader._idx import read_idx
from tinytorch.dataloader._images import ImageDataset, Normalize
from tinytorch.dataloader._loader import DataLoader
from tinytorch.dataloader._mnist import MNIST, FashionMNIST
from tinytorch.dataloader._sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    WeightedRandomSampler,
)
from tinytorch.dataloader._sources import RemoteFile, Source
from tinytorch.dataloader._state import Stateful
from tinytorch.dataloader._tokens import TokenWindows
from tinytorch.dataloader._transforms import (
    Compose,
    Images,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    Transform,
)
from tinytorch.dataloader._unpickle import read_cifar_batch
from tinytorch.dataloader._version import __version__

__all__ = [
    "CIFAR10",
    "MNIST",
    "Batch",
    "BatchSampler",
    "BatchedDataset",
    "Compose",
    "DataLoader",
    "DataNotFoundError",
    "Dataset",
    "Digits",
    "DownloadError",
    "FashionMNIST",
    "FormatError",
    "ImageDataset",
    "Images",
    "Indices",
    "Normalize",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomSampler",
    "RemoteFile",
    "Sampler",
    "SequentialSampler",
    "Source",
    "Stateful",
    "Subset",
    "TensorDataset",
    "TokenWindows",
    "Transform",
    "WeightedRandomSampler",
    "__version__",
    "collate",
    "data_folders",
    "random_split",
    "read_cifar_batch",
    "read_idx",
]
