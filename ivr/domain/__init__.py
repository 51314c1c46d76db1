"""What an IVR is: menus, calls, opt-outs. Pure: no I/O, and times are passed in."""
