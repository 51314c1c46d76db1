"""The ESL server: one gevent greenlet per call walks a caller through his menu."""
