"""The speech process: Piper, phonemes, recordings, loudness."""
