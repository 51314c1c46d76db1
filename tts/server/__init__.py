"""The speech process: Piper, phonemes, recordings, loudness."""

import os

# Read by onnxruntime when it is imported: it would report its use to its makers' server, with an identifier of the
# machine that it keeps under HOME.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
