"""The subcommands of `digitree`. Bodies import what they need when they run, so that `--help` answers at once."""
