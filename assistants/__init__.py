"""What assistants may use of a running Digitree, by the Model Context Protocol (MCP).

A tool asks the REST API of an installation with the key that it was given, and nothing else: scopes, limits and the
audit log hold for an assistant as for everybody. What callers said and what people wrote comes out marked as such
(`marking`), and what callers hear is changed in two steps (`confirming`).
"""
