"""What every resource of the admin app shares: routes, problems, authentication, limits, pages."""
