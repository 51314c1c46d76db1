"""The bin: deleted menus, until they go for good."""
