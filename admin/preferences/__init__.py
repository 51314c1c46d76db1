"""The time zone of the installation, and what each user chose for the page."""
