"""Where the data sets come from: addresses, checksums, licences and citations, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One file of a data set.

    Attributes
    ----------
    path : str
        Its place in a data folder, with forward slashes.
    bytes : int
    checksum : str
        "sha256:..." or "md5:...", hexadecimal.
    urls : tuple of str
        Addresses to try, in this order; none for a member of an archive.
    """

    path: str
    bytes: int
    checksum: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A data set's files, with what its authors ask of those who use it."""

    name: str
    licence: str
    citation: str
    files: tuple[RemoteFile, ...]


_MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
_FASHION_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)


def _idx_file(folder: str, name: str, size: int, sha256: str, mirrors: tuple[str, ...]) -> RemoteFile:
    return RemoteFile(f"{folder}/{name}", size, f"sha256:{sha256}", tuple(mirror + name for mirror in mirrors))


MNIST_SOURCE = Source(
    name="MNIST",
    licence=(
        "Copyright Yann LeCun and Corinna Cortes; given as CC BY-SA 3.0 by the Keras and TensorFlow "
        "documentation; the original page names no licence."
    ),
    citation=(
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner. Gradient-based learning applied to document recognition."
        " Proceedings of the IEEE 86(11):2278-2324, 1998."
    ),
    files=(
        _idx_file(
            "mnist",
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            _MNIST_MIRRORS,
        ),
        _idx_file(
            "mnist",
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            _MNIST_MIRRORS,
        ),
        _idx_file(
            "mnist",
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            _MNIST_MIRRORS,
        ),
        _idx_file(
            "mnist",
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            _MNIST_MIRRORS,
        ),
    ),
)

FASHION_MNIST_SOURCE = Source(
    name="Fashion-MNIST",
    licence=("MIT, Copyright (c) 2017 Zalando SE."),
    citation=(
        "H. Xiao, K. Rasul, R. Vollgraf. Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine "
        "Learning Algorithms. arXiv:1708.07747, 2017."
    ),
    files=(
        _idx_file(
            "fashion-mnist",
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            _FASHION_MIRRORS,
        ),
        _idx_file(
            "fashion-mnist",
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            _FASHION_MIRRORS,
        ),
        _idx_file(
            "fashion-mnist",
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            _FASHION_MIRRORS,
        ),
        _idx_file(
            "fashion-mnist",
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            _FASHION_MIRRORS,
        ),
    ),
)

CIFAR10_ARCHIVE = RemoteFile(
    path="cifar-10/cifar-10-python.tar.gz",
    bytes=170_498_071,
    checksum="md5:c58f30108f718f92721af3b95e74349a",
    urls=("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
)


def _batch_file(name: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(f"cifar-10/cifar-10-batches-py/{name}", size, f"sha256:{sha256}")


CIFAR10_SOURCE = Source(
    name="CIFAR-10",
    licence=(
        "None stated; the authors ask users to cite the technical report. A labelled subset of the 80 Million"
        " Tiny Images, which their own authors withdrew in 2020."
    ),
    citation=(
        "A. Krizhevsky. Learning Multiple Layers of Features from Tiny Images. Technical report, University "
        "of Toronto, 2009."
    ),
    files=(
        _batch_file("data_batch_1", 31_035_704, "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd"),
        _batch_file("data_batch_2", 31_035_320, "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8"),
        _batch_file("data_batch_3", 31_035_999, "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9"),
        _batch_file("data_batch_4", 31_035_696, "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b"),
        _batch_file("data_batch_5", 31_035_623, "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154"),
        _batch_file("test_batch", 31_035_526, "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831"),
    ),
)
