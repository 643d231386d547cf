"""Engine version 1: arithmetic, layout of the numbers, the room, parametric operators."""
