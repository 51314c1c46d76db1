"""`make faults`: every fault under live calls, one table at the end."""

from tests.faults.runner import main

if __name__ == "__main__":
    main()
