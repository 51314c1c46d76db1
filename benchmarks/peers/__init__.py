"""The same menu on other servers: three questions, then the agent. Each takes HOST, PORT and the
directory of prompts as its arguments."""
