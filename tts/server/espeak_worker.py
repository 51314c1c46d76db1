"""Child program: texts in, phonemes out, one JSON line each, after a first line that means ready. It ends with its
input.

espeak-ng reads beyond its buffers on some texts (a few hundred letters each with a dot before it are
enough) and takes its process with it, so it runs here and not in the speech process.
Started as a file with `python -I`, it cannot import anything else of this project.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import signal
import sys
import types
from typing import Any

_ALARM_S = 15


def import_phonemizer() -> Any:
    """Piper's phonemizer without Piper: importing the package itself would load onnxruntime as well."""
    spec = importlib.util.find_spec("piper")
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit("piper-tts is not installed")
    package = types.ModuleType("piper")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["piper"] = package
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    # espeak-ng prints; the pipe is for answers alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    phonemizer = import_phonemizer()
    answers.write("{}\n")  # it has started
    answers.flush()
    for line in sys.stdin:
        # A text that makes espeak-ng run for ever must not outlive the parent, which would have stopped it.
        signal.alarm(_ALARM_S)
        request = json.loads(line)
        clusters = {tuple(cluster) for cluster in request["vowel_clusters"]}
        try:
            sentences = phonemizer.phonemize(request["language"], request["text"], clusters or None)
            answer: dict[str, Any] = {"sentences": sentences}
        except Exception as error:  # noqa: BLE001 - any error is reported to the parent, and the child lives on
            answer = {"error": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        signal.alarm(0)


if __name__ == "__main__":
    main()
