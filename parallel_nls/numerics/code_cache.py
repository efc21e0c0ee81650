"""Where machine code is kept between processes: looked at once, passed over where damaged, done without where full."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from numba.core import event
from numba.core.caching import Cache, IndexDataCacheFile, NullCache, _CacheLocator
from numba.core.dispatcher import Dispatcher

from parallel_nls.numerics.compile_clock import begin_compiling, end_compiling

REMEDY = "every start compiles it again; set NUMBA_CACHE_DIR to a folder that can be written"
_REFUSED = list[str]()


def why_not_kept() -> str:
    """Why compiled code of this process is not kept on the disk; empty if it is. *Communication*: local."""
    return f"compiled code cannot be kept ({_REFUSED[0]}): {REMEDY}" if _REFUSED else ""


def keep(compiled: Any, digest: str) -> None:
    """Let numba keep the machine code of a function on the disk; where there is no folder for it, it is not kept.

    Parameters
    ----------
    compiled : Dispatcher
        What numba has made of the function.
    digest : str
        What it is made from: code that was kept of another is not read.

    Notes
    -----
    *Communication*: local.
    """
    try:
        compiled.enable_caching()
    except RuntimeError:  # numba's word for it
        _REFUSED.append("no folder is left that can be written")
        return
    cache, marked = compiled._cache, cast("Callable[..., Any]", _Marked)
    stamp = cache._cache_file._source_stamp, digest, _Marked.__name__
    cache._cache_file = marked(cache._cache_path, cache._impl.filename_base, stamp)


class _Marked(IndexDataCacheFile):
    """Files of code that say what they are, of which nothing is read but what is looked for, every byte of it.

    Numba numbers them, and an index says which is which. Where processes write at the same moment, of two kinds of
    processors or two releases of a program, the index may be of one and the file of another; and a node that goes down
    may leave a file of the right length with nothing in it.
    """

    def save(self, key: Any, data: Any) -> None:
        """As numba does, with what it is."""
        save: Callable[[Any, Any], None] = super().save
        dump: Callable[[Any], bytes] = self._dump
        content = dump(data)
        save(key, (key, self._source_stamp, hashlib.sha256(content).digest(), content))

    def load(self, key: Any) -> Any:
        """As numba does, unless it is something else: then there is nothing."""
        load: Callable[[Any], Any] = super().load
        try:
            of, stamp, digest, content = load(key)
            whole = (of, stamp, digest) == (key, self._source_stamp, hashlib.sha256(content).digest())
            return pickle.loads(content) if whole else None
        except Exception:  # noqa: BLE001  (pickle raises whatever the bytes make it do; no file is no tuple)
            return None


class _FirstCompilation(event.Listener):
    """Calls once, when numba begins to compile a function whose machine code is kept but not there yet.

    And once more behind the first of which it is known that it cannot be kept.
    """

    def __init__(self, call: Callable[[], object], refused: Callable[[str], object] | None) -> None:
        self._call: Callable[[], object] | None = call
        self._refused = refused

    def on_start(self, event: Any) -> None:
        """A compilation begins; loading from the cache is none, and what is never kept is compiled every time."""
        kept = not isinstance(event.data["dispatcher"]._cache, NullCache)
        if kept and self._call is not None:
            call, self._call = self._call, None
            call()

    def on_end(self, event: Any) -> None:  # noqa: ARG002  (numba calls it so)
        """It is over, and it is known whether the code can be kept."""
        if self._refused is not None and why_not_kept():
            refused, self._refused = self._refused, None
            refused(why_not_kept())


class _Spans(event.Listener):
    """Calls at the begin and at the end of every compilation, whether its code is kept or not."""

    def __init__(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        self._begin, self._end = begin, end

    def on_start(self, event: Any) -> None:  # noqa: ARG002  (numba calls it so)
        """A compilation begins, perhaps within another."""
        self._begin()

    def on_end(self, event: Any) -> None:  # noqa: ARG002  (numba calls it so)
        """It is over."""
        self._end()


@contextmanager
def on_first_compilation(call: Callable[[], object], refused: Callable[[str], object] | None = None) -> Iterator[None]:
    """Call a function once, as soon as a kernel is not found in the cache and has to be compiled.

    Which kernels a run needs, and of which types, is only known when they are called: so this is no forecast.

    Parameters
    ----------
    call : callable
        Called ahead of the first compilation within the context, if there is one.
    refused : callable, optional
        Called with `why_not_kept` behind the first of which it is known that its code cannot be kept.

    Notes
    -----
    *Communication*: local.
    """
    with event.install_listener("numba:compile", _FirstCompilation(call, refused)):
        yield


@contextmanager
def while_compiling(begin: Callable[[], None], end: Callable[[], None]) -> Iterator[None]:
    """Call functions at the begin and at the end of every compilation; reading code that is kept is none.

    Parameters
    ----------
    begin, end : callable
        Called in pairs, which may be nested; the second one also where the first one raises.

    Notes
    -----
    *Communication*: local.
    """
    with event.install_listener("numba:compile", _Spans(begin, end)):
        yield


@contextmanager
def around_compilation(begin: Callable[[], None], end: Callable[[], None]) -> Iterator[None]:
    """Call functions ahead of and behind everything that makes a kernel ready for types that it has not met yet.

    Parameters
    ----------
    begin, end : callable
        Called in pairs, which may be nested; whether machine code is read from the cache or made.

    Notes
    -----
    *Communication*: local.
    """
    plain: Callable[..., Any] = Dispatcher.compile

    def compile_between(self: Any, signature: Any) -> Any:
        """As numba does."""
        begin()
        try:
            return plain(self, signature)
        finally:
            end()

    setattr(Dispatcher, "compile", compile_between)  # noqa: B010  (an assignment would be an error of types)
    try:
        yield
    finally:
        setattr(Dispatcher, "compile", plain)  # noqa: B010


def _look_once_at_cache_folders() -> None:
    """Let numba try a folder of its cache once, not twice for each function of it.

    It makes a file there to see whether it may: two hundred a rank, of which file systems of clusters complain.
    """
    plain: Callable[[Any], None] = _CacheLocator.ensure_cache_path
    tried = set[str]()

    def ensure_cache_path(self: Any) -> None:
        """As numba does, unless it is known."""
        path = self.get_cache_path()
        if path not in tried or not os.path.isdir(path):  # noqa: PTH112  (a string, as of numba)
            plain(self)
            tried.add(path)

    setattr(_CacheLocator, "ensure_cache_path", ensure_cache_path)  # noqa: B010


def _pass_over_damaged_caches() -> None:
    """Let numba compile anew what it cannot read of its cache: cut short by a full disk, or of types no longer here.

    No file at all numba sees for itself.
    """

    def reading(plain: Callable[..., Any], nothing: Callable[[], Any]) -> Callable[..., Any]:
        """What reads as numba does, or else gives what stands for nothing."""

        def read(self: Any, *names: str) -> Any:
            """As numba does, if it can."""
            try:
                return plain(self, *names)
            except Exception:  # noqa: BLE001  (pickle raises whatever the bytes make it do)
                return nothing()

        return read

    def missing() -> Any:
        """What numba takes for no file."""
        raise FileNotFoundError

    for name, nothing in (("_load_index", dict), ("_load_data", missing)):
        setattr(IndexDataCacheFile, name, reading(getattr(IndexDataCacheFile, name), nothing))


def _go_on_where_nothing_can_be_kept() -> None:
    """Let numba use code that the disk does not take: full, beyond a quota, read-only or gone since a moment ago."""
    plain: Callable[[Any, Any, Any], None] = Cache.save_overload

    def save_overload(self: Any, sig: Any, data: Any) -> None:
        """As numba does, if it can."""
        try:
            plain(self, sig, data)
        except OSError as error:
            _REFUSED.append(f"{self._cache_path}: {error.strerror or error}")

    setattr(Cache, "save_overload", save_overload)  # noqa: B010


def prepare() -> None:
    """Change how numba keeps machine code, once, ahead of the first function. *Communication*: local."""
    _look_once_at_cache_folders()
    _pass_over_damaged_caches()
    _go_on_where_nothing_can_be_kept()
    register: Callable[[str, event.Listener], None] = event.register
    register("numba:compile", _Spans(begin_compiling, end_compiling))
