"""The subcommands of `digitree`. Bodies import what they need when they run: `--help` answers at once."""
