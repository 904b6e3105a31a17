"""What can be wrong with a data set's files, as three exceptions that a caller can tell apart."""


class FormatError(ValueError):
    """A file's bytes are not what its format, its length or its checksum says."""


class _Sentence:
    """Shows an OSError as its sentence; `errno` is there to be read, not to be shown."""

    strerror: str | None

    def __str__(self) -> str:
        return self.strerror or ""


class DataNotFoundError(_Sentence, FileNotFoundError):
    """A data set's file is in none of the folders that were looked at, and nobody asked for a download."""


class DownloadError(_Sentence, OSError):
    """No mirror gave the file whole, or it could not be written."""
