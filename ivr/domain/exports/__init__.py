"""Menus as documents of other systems. A menu becomes steps that every such system has (`lowering`), and each target
writes these in its own words (`targets`)."""
