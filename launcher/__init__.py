"""The command line of Digitree, and what `digitree up` runs: embedded servers, processes, the supervisor over them.

`cli` and `commands` are the commands; `up` is the order of a start, `services` the processes, `supervisor` and
`child_process` keep them alive, `first_start` provides the sample menu. No other package imports this one.
"""
