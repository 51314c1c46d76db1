"""Reading recordings of strangers, in a child process with little memory, little time and nobody else's state.

`main` is the program; of ours it imports nothing but this package. A *source* (`sndfile`, `ffmpeg`) yields blocks of
samples, `mixing` makes mono of them. Everything is read block by block, so that no header can make it ask for more
memory than a block.
"""
