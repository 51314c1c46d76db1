"""One call from its first socket to its end: the worker, the state it carries, and the effects of its nodes."""
