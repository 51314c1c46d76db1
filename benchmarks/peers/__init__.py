"""The same menu on other servers: three questions, then the agent. Each takes HOST and PORT as its arguments."""
