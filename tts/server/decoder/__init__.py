"""Decoding of untrusted recordings, in a child process with limited memory and time and no shared state.

`main` is the program; within the project it imports only this package. A *source* (`sndfile`, `ffmpeg`) yields
blocks of samples, `mixing` mixes them to mono. Everything is read block by block, so that no header can make the
program allocate more than a block.
"""
