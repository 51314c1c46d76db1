"""Texts as callers hear them: what people write becomes the words that a voice says, before any voice sees it."""
