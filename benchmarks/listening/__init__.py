"""How well voices are understood over a telephone line: prompts spoken, sent through G.711, and recognised."""
