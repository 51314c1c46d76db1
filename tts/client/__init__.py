"""The light side of speech: what other processes import. Nothing of Piper or numpy."""
