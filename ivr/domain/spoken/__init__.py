"""Values as callers hear them: a value and a format become the names of recorded pieces, and the same as words."""
