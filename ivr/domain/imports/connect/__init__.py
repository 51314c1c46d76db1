"""Amazon Connect's flows, as its export gives them today or gave them until 2021, as a menu.

The actions: https://docs.aws.amazon.com/connect/latest/APIReference/flow-language.html (read 2026-11).
"""
