"""Zstandard by the module that Python has since 3.14; before, by its backport."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError, ZstdFile, compress
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError, ZstdFile, compress

__all__ = ["LIMITED", "ZstdDecompressor", "ZstdError", "ZstdFile", "compress"]

LIMITED: dict[int, int] = {DecompressionParameter.window_log_max: 27}
"""Options of decompressing what others packed: at most 128 MB are kept to refer back to."""
