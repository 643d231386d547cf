"""The engine: one source, plain Python or compiled, frozen by version.

`v1` is the model; `binding` makes the compiled copy, `engine` gives both one face, `golden` guards
their bits, `registry` chooses.
"""
