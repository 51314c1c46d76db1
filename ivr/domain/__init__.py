"""What an IVR is: trees, callers, opt-outs. Pure: no I/O, no clock but one handed in."""
