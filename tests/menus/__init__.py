"""Menus that people really run, and the scripts that show that they say what they should.

`m01.json` and so on: `menu` in the menu language, with those parts, too, that it cannot say yet; `hours` and
`agents` that it needs; and `scripts`, which are tests of the menu with `keys` as a person would write them, what is
`given`, and what is `right`.
"""
