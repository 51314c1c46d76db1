"""What `digitree up` runs: the embedded servers, the processes, and the supervisor over them."""
