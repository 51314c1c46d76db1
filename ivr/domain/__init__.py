"""What an IVR is: menus, callers, opt-outs. Pure: no I/O, no clock but one handed in."""
