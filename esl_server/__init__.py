"""The ESL server: one gevent greenlet per call leads a caller through a menu."""
