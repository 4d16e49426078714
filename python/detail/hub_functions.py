"""torch.hub's functions, torch.load and its like, led to the program's while a repository's code runs.

`engine` offers get_dir(), download(url, dst, hash_prefix), checkpoint(url, model_dir, file_name, check_hash),
load(repo, model, source, trust_repo, force_reload, verbose, skip_validation, args, kwargs) and, unless it is None,
scan(path).
"""

import functools
import inspect
import os
import re
import threading

from torchhub_checkpoint_gate import Gate
from torchhub_gated_loaders import Loaders

# One installation for all threads; each thread has its own engines, innermost last.
_lock = threading.Lock()
_installed = []
_originals = {}
_mine = threading.local()


class Engine:
    """`with` it, torch.hub is the program's."""

    def __init__(self, functions, modules):
        self.functions = functions
        self.gate = Gate(functions.scan, modules) if functions.scan is not None else None

    def __enter__(self):
        _mine.__dict__.setdefault("engines", []).append(self)
        with _lock:
            _installed.append(self)
            if len(_installed) == 1:
                _install()
        return self

    def __exit__(self, *raised):
        _mine.engines.pop()
        with _lock:
            _installed.remove(self)
            if not _installed:
                _restore()


def _engine():
    """This thread's; of a thread that a repository started, the one that was entered last."""
    mine = _mine.__dict__.get("engines")
    return mine[-1] if mine else _installed[-1] if _installed else None


def _gate():
    engine = _engine()
    return engine.gate if engine else None


_loaders = Loaders(_gate)


def _install():
    _loaders.install()
    try:
        import torch
        import torch.hub as hub
        import torch.serialization
    except ImportError:
        return
    for owner, name, wrap in (
        (hub, "get_dir", _get_dir),
        (hub, "download_url_to_file", _download_url_to_file),
        (hub, "load_state_dict_from_url", _load_state_dict_from_url),
        (hub, "load", _load),
        (torch, "load", _torch_load),
        (torch.serialization, "load", _torch_load),
    ):
        original = getattr(owner, name)
        _originals[owner, name] = original
        setattr(owner, name, functools.wraps(original)(wrap(original)))


def _restore():
    _loaders.restore()
    for (owner, name), original in _originals.items():
        setattr(owner, name, original)
    _originals.clear()


def _is_local(url):
    """Whether urllib would ask nobody for it: a file of this machine, or data in the URL itself."""
    return isinstance(url, str) and url.strip()[:5].lower() in ("file:", "data:")


def _get_dir(original):
    def get_dir():
        engine = _engine()
        return engine.functions.get_dir() if engine else original()

    return get_dir


def _download_url_to_file(original):
    signature = inspect.signature(original)

    def download_url_to_file(*args, **kwargs):
        engine = _engine()
        if engine is None:
            return original(*args, **kwargs)
        given = signature.bind(*args, **kwargs).arguments
        if _is_local(given["url"]):
            return original(*args, **kwargs)
        dst = os.path.expanduser(os.fspath(given["dst"]))
        # urllib takes whatever it is given for a text.
        engine.functions.download(str(given["url"]), dst, given.get("hash_prefix") or "")

    return download_url_to_file


def _load_state_dict_from_url(original):
    signature = inspect.signature(original)

    def load_state_dict_from_url(*args, **kwargs):
        engine = _engine()
        if engine is None:
            return original(*args, **kwargs)
        given = signature.bind(*args, **kwargs).arguments
        if _is_local(given["url"]) or not isinstance(given["url"], str):
            return original(*args, **kwargs)
        engine.functions.checkpoint(
            given["url"], os.fspath(given.get("model_dir") or ""), os.fspath(given.get("file_name") or ""),
            bool(given.get("check_hash")),
        )
        # What is left of torch.hub's own work is to read the file, through torch.load.
        return original(*args, **kwargs)

    return load_state_dict_from_url


def _load(original):
    names = ("source", "trust_repo", "force_reload", "verbose", "skip_validation")

    def load(repo_or_dir, model, *args, **kwargs):
        engine = _engine()
        if engine is None:
            return original(repo_or_dir, model, *args, **kwargs)
        own = {name: kwargs.pop(name) for name in names if name in kwargs}
        if not isinstance(model, str):
            raise ValueError("Invalid input: model should be a string of function name")
        trust = own.get("trust_repo")
        return engine.functions.load(
            os.fspath(repo_or_dir), model, str(own.get("source", "github")),
            "yes" if trust is True else "ask" if trust is False else "check",
            bool(own.get("force_reload", False)), bool(own.get("verbose", True)),
            bool(own.get("skip_validation", False)), list(args), kwargs,
        )

    return load


def _torch_load(original):
    def load(*args, **kwargs):
        engine = _engine()
        if engine is None or engine.gate is None:
            return original(*args, **kwargs)
        return engine.gate.load(original, *args, **kwargs)

    return load


def raise_again(raised):
    raise raised


def raise_failure(kind, url, number, sentence, path, reason, headers, body):
    """What Python's torch.hub would raise, for code that catches it. The sentence is a note where Python has its own."""
    make = _FAILURES.get(kind)
    if kind == "value":
        error = ValueError(sentence)
    elif kind == "syntax":
        error = _syntax_error(path) or SyntaxError(sentence)
    elif kind == "system":
        error = OSError(number, os.strerror(number), path) if path else OSError(number, os.strerror(number))
    elif kind == "hash":
        told = re.search(r'invalid hash value \(expected "\w*", got "\w*"', sentence)
        error = RuntimeError(told.group() + ")" if told else sentence)
    elif kind in ("http", "loop", "redirect"):
        error = _http_error(kind, url, number, reason, headers, body)
    elif make:
        error = make(url, number, sentence)
    else:
        error = RuntimeError(sentence)
    if sentence not in str(error):
        # As add_note() of Python 3.11 does.
        error.__notes__ = [sentence]
    raise error


def _syntax_error(path):
    """What Python says of the file, which is not run."""
    try:
        with open(path, "rb") as file:
            compile(file.read(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.with_traceback(None)
    except (OSError, ValueError):
        pass
    return None


def _http_error(kind, url, status, reason, headers, body):
    import http.client
    import io
    import urllib.error
    import urllib.parse
    import urllib.request

    message = http.client.HTTPMessage()
    for name, value in headers:
        message[name] = value
    reason = reason or http.client.responses.get(status, "")
    if kind == "loop":
        reason = urllib.request.HTTPRedirectHandler.inf_msg + reason
    elif kind == "redirect":
        url = urllib.parse.urljoin(url, message.get("Location", ""))
        reason = f"{reason} - Redirection to url '{url}' is not allowed"
    return urllib.error.HTTPError(url, status, reason, message, io.BytesIO(body))


def _network_error(url, number, sentence):
    from urllib.error import URLError

    return URLError(OSError(number, os.strerror(number)) if number else sentence)


def _name_error(url, number, sentence):
    import socket
    from urllib.error import URLError

    texts = {
        socket.EAI_NONAME: "Name or service not known",
        socket.EAI_AGAIN: "Temporary failure in name resolution",
        socket.EAI_SERVICE: "Servname not supported for ai_socktype",
    }
    return URLError(socket.gaierror(number, texts.get(number, "Non-recoverable failure in name resolution")))


def _trust_error(url, number, sentence):
    import ssl
    from urllib.error import URLError

    return URLError(ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))


def _tls_error(url, number, sentence):
    import ssl
    from urllib.error import URLError

    return URLError(ssl.SSLError(1, "[SSL] the TLS connection failed"))


def _url_error(url, number, sentence):
    """What urllib says of a URL that our engine does not take; its own code says it, short of a connection."""
    import http.client
    import socket
    import urllib.request
    from urllib.error import URLError

    try:
        request = urllib.request.Request(url)
        if request.type not in ("http", "https"):
            return URLError(f"unknown url type: {request.type}")
        if not request.host:
            return URLError("no host given")
        connection = http.client.HTTPConnection(request.host)
        connection.putrequest("GET", request.selector)
        if connection.port > 65535:
            return _name_error(url, socket.EAI_SERVICE, sentence)
    except (ValueError, http.client.HTTPException) as error:
        return error.with_traceback(None)
    return URLError(sentence)


_FAILURES = {
    "network": _network_error,
    "name": _name_error,
    "trust": _trust_error,
    "tls": _tls_error,
    "url": _url_error,
}
