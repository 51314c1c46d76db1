"""The event socket of one call: bytes, framing, commands, and the caller's leg in blocking verbs."""
