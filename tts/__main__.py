"""`python -m tts`: the speech process, until SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType

from ivr.domain.said.date_order import use_region
from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings, split_host_port
from tts.client.client import speech_token
from tts.client.wav_files import remove_abandoned
from tts.server.engine import SpeechEngine
from tts.server.http import open_server
from tts.server.models import Models
from tts.server.voices import VoiceTable

# Speech is made ahead of calls, so it yields the processor to them.
_NICENESS = 5

log = logging.getLogger("tts")


def stop(signal_number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    os.nice(_NICENESS)
    settings = Settings()
    use_region(settings.region)
    logging.basicConfig(
        level=settings.log_level, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    settings.prompts.mkdir(parents=True, exist_ok=True)
    remove_abandoned(settings.prompts)
    sealer = Sealer(lambda: read_or_make_secret(settings).encode())
    engine = SpeechEngine(settings.prompts, VoiceTable(settings.voices), Models(sealer.find))
    host, port = split_host_port(settings.tts)
    server = open_server(engine, speech_token(read_or_make_secret(settings)), host, port)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("speech listens on http://%s:%s", server.effective_host, server.effective_port)
    server.run()
    log.info("speech has stopped")
    logging.shutdown()
    # A thread may still be in the model, and ending the interpreter around it aborts the process. Nothing is
    # lost: prompts are on disk whole or not at all, and the child ends when its input does.
    os._exit(0)


if __name__ == "__main__":
    main()
