"""What the product expects of its stores: a file of protocols for each.

`get_` raises a NotFound of `ivr.domain.errors`, `find_` may return None. Every method raises StorageUnavailable
within its time budget when the store cannot be reached. Times are UTC-aware, money is Decimal US dollars, lists come
newest first in pages.
"""
