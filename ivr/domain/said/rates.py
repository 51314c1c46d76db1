"""How fast a text may be spoken: 1 is as the voice does by itself, 2 twice as fast."""

SLOWEST_RATE, USUAL_RATE, FASTEST_RATE = 0.5, 1.0, 2.0
